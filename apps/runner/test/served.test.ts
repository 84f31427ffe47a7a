import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun } from "@touchstone/report";
import { startModelServer, type Fault, type ModelServer } from "@touchstone/testkit/model-server";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { METHODS } from "../src/methods.ts";
import { PLACES, ROOT } from "../src/places.ts";
import { Cli, dataOf, jsonOf, refusal, touchstone } from "./cli.ts";
import { comparable } from "./tables.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const NAME = "Qwen/Qwen2.5-1.5B-Instruct";
const KEY = "secret-of-the-server";
/** Of a response in a run, not of probing. */
const DRAWING: Pick<Fault, "path" | "body"> = { path: "/v1/completions", body: '"max_tokens":48' };

const folder = mkdtempSync(join(tmpdir(), "touchstone-served-"));
let server: ModelServer;

beforeAll(async () => {
  vi.stubEnv("TOUCHSTONE_API_KEY", KEY);
  vi.stubEnv("TOUCHSTONE_SERVER_CONCURRENCY", "2");
  // One: a busy machine may find an idle connection closed.
  vi.stubEnv("TOUCHSTONE_SERVER_RETRIES", "1");
  server = await startModelServer({
    flavour: "vllm",
    models: [
      { name: "arith", folder: join(PLACES.models, "arith") },
      { name: NAME, folder: join(PLACES.models, "arith") },
    ],
    apiKey: KEY,
  });
});
afterEach(async () => {
  Cli.endAll();
  await server.setFaults([]);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const where = (name: string) => ["--pool", join(folder, name, "pool"), "--out", join(folder, name, "runs")];
const flags = (methods: string) => [
  `--backend=${server.url}/v1`,
  "--model=arith",
  "--dataset=arith",
  "--limit=2",
  `--methods=${methods}`,
  "--budgets=1,4",
  "--max-tokens=48",
];
const drawn = async () => (await server.seen()).filter(({ body }) => body["max_tokens"] === 48).length;

test("every method that the server allows runs on it, and decides the same from the pool alone", async () => {
  const { methods } = await jsonOf<{ methods: { method: string; lacks: string | null }[] }>(
    "doctor",
    `--backend=${server.url}/v1`,
    "--model=arith",
  );
  expect(methods.map(({ method }) => method)).toEqual(METHODS.map(({ name }) => name));
  const served = methods.filter(({ lacks }) => lacks === null).map(({ method }) => method);
  expect(METHODS.map(({ name }) => name).filter((name) => !served.includes(name))).toEqual([
    "self-certainty",
    "confidence-vote",
    "laser",
  ]);
  const suite = join(folder, "served.json");
  writeFileSync(
    suite,
    JSON.stringify({
      name: "served",
      datasets: [{ name: "arith", split: "test", limit: 2 }],
      models: [`${server.url}/v1#arith`],
      rewardModels: ["arith-good"],
      methods: served,
      budgets: { amounts: [4] },
      batch: { size: 2 },
      poolSize: 16,
      decodings: [{ maxTokens: 48 }],
    }),
  );
  const run = async (out: string) => {
    const place = ["--pool", join(folder, "every", "pool"), "--out", join(folder, "every", out)];
    return (await jsonOf<{ run: string }>("run", suite, ...place)).run;
  };
  const [live, replayed] = [await run("live"), await run("replayed")];
  expect(await comparable(replayed)).toEqual(await comparable(live));
  const { results, manifest } = await readRun(live);
  const rows = results.filter(({ kind }) => kind === "method");
  expect(new Set(rows.map(({ method }) => method))).toEqual(new Set(served));
  // The server's own count of tokens; FLOPs of a model of unknown size are not known.
  const decided = rows.filter(({ metric, abstained }) => metric === "accuracy" && abstained! < 1);
  const uncounted = decided.filter(({ completion_tokens: tokens }) => tokens === null || tokens <= 0);
  expect(uncounted.map(({ method }) => method)).toEqual([]);
  expect(decided.every(({ flops }) => flops === null)).toBe(true);
  const [policy] = manifest.models;
  expect(policy).toMatchObject({
    name: "arith",
    path: `${server.url}#arith`,
    parameters_total: null,
    files_sha256: {},
  });
  expect(policy!.identity).toMatchObject({ provider: "server", runtime: "vllm@0.0-test", dtype: "unknown", tile: 1 });
  expect((await readRun(replayed)).manifest.pool.drawn_in_this_run).toBe(0);
  // The key is in no file of the run.
  for (const file of readdirSync(live)) expect(readFileSync(join(live, file), "utf8")).not.toContain(KEY);
});

test("a run that is killed while it draws is resumed, and its tables are those of one that was not", async () => {
  const whole = await jsonOf<{ run: string }>("run", ...flags("majority-vote"), ...where("whole"));
  const all = await drawn();
  // Slow enough that what is drawn reaches the pool, and then no more answers.
  await server.setFaults([
    { ...DRAWING, kind: "slow", milliseconds: 400 },
    { ...DRAWING, kind: "slow", after: 20, milliseconds: 600_000 },
  ]);
  const cli = new Cli(["run", ...flags("majority-vote"), ...where("killed")]);
  await expect.poll(async () => (await drawn()) - all, { timeout: 120_000 }).toBeGreaterThan(20);
  cli.signal("SIGKILL");
  const { stderr } = await cli.ended();
  await server.setFaults([]);
  const before = await drawn();
  const run = /^Run (.*)$/m.exec(stderr)![1]!;
  await dataOf("resume", run, "--quiet");
  expect(await comparable(run)).toEqual(await comparable(whole.run));
  // 32 samples in all, of which some were there.
  expect((await drawn()) - before).toBeLessThan(32);
});

test("a server that fails in the middle ends the run with one message; the same command draws the rest", async () => {
  await server.setFaults([{ ...DRAWING, kind: "status", status: 500, after: 10 }]);
  const command = ["run", ...flags("majority-vote"), "--seed=3", ...where("failing")];
  const { exitCode, message } = refusal(await touchstone(...command, "--quiet"));
  expect({ exitCode, message }).toEqual({ exitCode: 6, message: expect.stringMatching(/^server-failed: .*is kept/) });
  await server.setFaults([]);
  const before = await drawn();
  const { run } = await jsonOf<{ run: string }>(...command);
  expect((await drawn()) - before).toBeLessThanOrEqual(32 - 10);
  expect((await readRun(run)).results.length).toBeGreaterThan(0);
});

test("a dry run says samples, tokens and requests, and draws nothing", async () => {
  const before = await drawn();
  const text = await dataOf("run", ...flags("majority-vote"), "--dry-run", ...where("dry"));
  expect(text).toMatch(/To draw: 32 samples, about .* tokens\./);
  expect(text).toContain("Note: About 32 requests to the server of arith.");
  expect(await drawn()).toBe(before);
});

test("a method is refused before anything is drawn, by the name of what the server does not give it", async () => {
  const before = await drawn();
  const ended = await touchstone("run", ...flags("self-certainty"), "--quiet", ...where("refused"));
  const message = expect.stringMatching(
    /^missing-capability: The method self-certainty.* cannot be run on arith, whose server does not give it whole token distributions\./,
  ) as string;
  expect(refusal(ended)).toEqual({ exitCode: 2, message });
  expect(await drawn()).toBe(before);
});

test.each([
  [["--backend", "http://127.0.0.1:1/v1", "--model", "arith"], 6, /^server-unreachable: .*ECONNREFUSED/],
  [["--backend", "URL", "--model", "arithmetic"], 2, /^unknown-served-model: .*It serves: arith, Qwen/],
  [["--backend", "localhost:8000", "--model", "arith"], 2, /^bad-server-address: --backend/],
] as const)("%s ends in one message", async (given, code, message) => {
  const where_ = given.map((one) => (one === "URL" ? `${server.url}/v1` : one));
  const rest = ["--dataset=arith", "--limit=1", "--methods=single-sample", "--budgets=1", "--quiet", ...where("bad")];
  const { exitCode, message: said } = refusal(await touchstone("run", ...where_, ...rest));
  expect(exitCode).toBe(code);
  expect(said).toMatch(message);
});

test("the commands of docs/servers.md work", async () => {
  const page = readFileSync(join(ROOT, "docs", "servers.md"), "utf8");
  const lines = [...page.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block]) => block!.trim().split("\n"));
  const commands = lines.filter((line) => line.startsWith("./touchstone "));
  expect(commands).toHaveLength(3);
  for (const command of commands) {
    const words = command.replaceAll("http://localhost:8000", server.url).split(" ").slice(1);
    const { code, stderr } = await touchstone(...words, ...where("docs"));
    expect({ command, code, stderr: code === 0 ? "" : stderr }).toEqual({ command, code: 0, stderr: "" });
  }
});
