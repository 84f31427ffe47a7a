import { existsSync, readdirSync, statSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "@touchstone/core";
import { writeFixtureModel } from "@touchstone/inference/fixture";
import { readRun } from "@touchstone/report";
import { filesOf, HubRepository, HubServer, type HubFault, type HubRequest } from "@touchstone/testkit/hub-server";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { Cli, dataOf, jsonOf, refusal, touchstone } from "./cli.ts";
import { makeWorld, type World } from "./world.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const WEIGHTS = "model.safetensors";
const ADVICE = { temperature: 0.7, top_p: 0.8, top_k: 20, repetition_penalty: 1.1 };

let world: World;
let server: HubServer;
let home: string;
let what: readonly string[];
let fault: (request: HubRequest) => HubFault | undefined = () => undefined;
const policy = new HubRepository();
const reward = new HubRepository();
const commits = { policy: "", reward: "" };

beforeAll(async () => {
  world = await makeWorld();
  const files = await filesOf(world.policy);
  const own = JSON.parse(files.get("generation_config.json")!.toString()) as object;
  files.set("generation_config.json", Buffer.from(JSON.stringify({ ...own, do_sample: true, ...ADVICE })));
  commits.policy = policy.commit(files);
  commits.reward = reward.commit(await filesOf(world.reward));
  reward.refs.set("v1", commits.reward);
  const gated = new HubRepository();
  gated.commit(files);
  gated.gatedFor = new Set(["hf_in"]);
  server = await HubServer.start({
    repositories: new Map([
      ["org/policy", policy],
      ["org/rm", reward],
      ["org/gated", gated],
    ]),
    tokens: ["hf_in", "hf_out"],
    fault: (request) => fault(request),
  });
  home = join(world.folder, "huggingface");
  for (const name of ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE"])
    vi.stubEnv(name, undefined);
  vi.stubEnv("HF_HOME", home);
  vi.stubEnv("HF_ENDPOINT", server.url);
  what = [
    "--model=org/policy",
    "--reward-model=org/rm@v1",
    `--dataset=${world.dataset}`,
    "--methods=single-sample,best-of-n",
    "--budgets=1,4",
    "--limit=4",
    "--max-tokens=16",
    "--name=hub",
  ];
});
afterEach(() => {
  Cli.endAll();
  fault = () => undefined;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
  world[Symbol.dispose]();
});

const weightsRequests = (repository: string) =>
  server.requests.filter(
    ({ origin, path, file }) => origin === "store" && file === WEIGHTS && path.includes(repository),
  );

/** The manifest of the newest run. */
async function newest(): Promise<{ folder: string; manifest: Manifest }> {
  const name = readdirSync(world.out).toSorted().at(-1)!;
  const folder = join(world.out, name);
  return { folder, manifest: JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")) as Manifest };
}

test("a dry run says what would be downloaded, and downloads nothing", async () => {
  const text = await dataOf("run", ...what, ...world.where, "--dry-run");
  expect(text).toMatch(new RegExp(`^To download: org/policy at commit ${commits.policy}, 5 files, [0-9.]+ kB`, "m"));
  expect(text).toMatch(new RegExp(`^To download: org/rm at commit ${commits.reward}, 5 files`, "m"));
  expect(text).toMatch(/^To download together: /m);
  expect(server.requests.some(({ origin }) => origin === "store")).toBe(false);
  expect(existsSync(home)).toBe(false);
});

test("killed in the middle of a download and run again: it goes on there, to a row in the report", async () => {
  fault = ({ origin, path }) =>
    origin === "store" && path.includes("org/policy") ? { kind: "hold", after: 8192 } : undefined;
  const cli = new Cli(["run", ...what, ...world.where]);
  const blobs = join(home, "hub", "models--org--policy", "blobs");
  const partial = () => {
    const name = existsSync(blobs) ? readdirSync(blobs).find((one) => one.endsWith("-incomplete")) : undefined;
    return name === undefined || name.length < 64 ? 0 : statSync(join(blobs, name)).size;
  };
  await expect.poll(partial, { timeout: 120_000 }).toBe(8192);
  cli.signal("SIGKILL");
  expect((await cli.ended()).signal).toBe("SIGKILL");
  fault = () => undefined;

  const again = await touchstone("run", ...what, ...world.where);
  expect(again.stderr).toMatch(/^download org\/policy: 1 of 1 files, ([0-9.]+ kB) of \1/m);
  expect(again.stderr).toMatch(/^download org\/rm: 5 of 5 files/m);
  expect(again.code).toBe(0);
  expect(weightsRequests("org/policy").map(({ range }) => range)).toEqual([undefined, "bytes=8192-"]);
  const { folder, manifest } = await newest();
  const { results } = await readRun(folder);
  const row = results.find(
    ({ method, budget, metric }) => method === "best-of-n" && budget === 4 && metric === "accuracy",
  );
  expect(row).toMatchObject({ model: "org/policy", reward_model: "org/rm" });
  expect(manifest.models.map(({ name, identity }) => [name, identity["revision"]])).toEqual([
    ["org/policy", commits.policy],
    ["org/rm", commits.reward],
  ]);
  expect(manifest.suite_resolved).toMatchObject({
    models: [`org/policy@${commits.policy}`],
    rewardModels: [`org/rm@${commits.reward}`],
  });
});

test("sampling is what the model's generation_config.json advises; what was not followed is recorded too", async () => {
  const { folder, manifest } = await newest();
  const { results } = await readRun(folder);
  expect(new Set(results.map(({ decoding }) => decoding))).toEqual(new Set(["t=0.7,k=20,p=0.8,max=16"]));
  expect(manifest.models[0]!.generation_config).toEqual({
    taken: { temperature: 0.7, topK: 20, topP: 0.8 },
    not_taken: { repetition_penalty: 1.1 },
  });
  const chosen = await dataOf("run", ...what, ...world.where, "--temperature=1", "--dry-run");
  expect(chosen).toContain("t=1,k=0,p=1,max=16");
});

test("offline, the same command draws nothing and asks nothing", async () => {
  const before = server.requests.length;
  const text = await dataOf("run", ...what, ...world.where, "--offline", "--dry-run");
  expect(text).toContain("Nothing is missing");
  expect(server.requests).toHaveLength(before);
  const absent = refusal(await touchstone("run", ...what, ...world.where, "--model=org/other", "--offline"));
  expect(absent).toMatchObject({ exitCode: 3, message: expect.stringMatching(/^not-in-cache: /) });
});

test("a branch that has moved is said, with the commit that the pool holds; a manifest stays with its own", async () => {
  const { folder } = await newest();
  const other = join(world.folder, "models", "moved");
  await writeFixtureModel(other, { layers: 1, width: 32, heads: 2, mlp: 64, vocabulary: 80 }, { seed: 7 });
  const moved = policy.commit(await filesOf(other));
  const dry = await touchstone("run", ...what, ...world.where, "--dry-run");
  expect(dry.stderr).toContain(
    `org/policy@main has moved since it was last used here, from commit ${commits.policy} to ${moved}`,
  );
  await dataOf("models", "pull", "org/policy");
  const after = await touchstone("run", ...what, ...world.where, "--dry-run");
  expect(after.stderr).toContain(
    `Note: the pool also holds org/policy at commit ${commits.policy}; this run is on ${moved}, a model of its own.`,
  );
  const repeated = await touchstone(
    "run",
    "--from-manifest",
    join(folder, "manifest.json"),
    ...world.where,
    "--dry-run",
  );
  expect(repeated.stdout).toContain("Nothing is missing");
  policy.refs.set("main", commits.policy);
});

test("models ls, verify and doctor show the cache; a damaged file is found, thrown away and downloaded again", async () => {
  const listed = await jsonOf<{ name: string; commit: string; folder: string; complete: boolean }[]>("models", "ls");
  const one = listed.find(({ name }) => name === "org/rm")!;
  expect(one).toMatchObject({ commit: commits.reward, refs: ["v1"], complete: true });
  expect(await dataOf("models", "ls", "org/rm")).toMatch(
    new RegExp(`^org/rm@${commits.reward} \\(v1\\)  [0-9.]+ kB\n$`),
  );
  expect(await dataOf("models", "verify", "org/rm@v1")).not.toMatch(/damaged|unknown/);
  const weights = join(one.folder, WEIGHTS);
  const content = await readFile(weights);
  content[content.length - 1]! ^= 1;
  await writeFile(weights, content);
  const run = refusal(await touchstone("run", ...what, ...world.where));
  expect(run).toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(/^checksum-mismatch: .*models verify --repair/),
  });
  const found = await touchstone("models", "verify", "org/rm");
  expect(found).toMatchObject({ code: 3, stderr: expect.stringMatching(/^checksum-mismatch: 1 of 5 files/m) });
  await dataOf("models", "verify", "--repair");
  expect(await dataOf("models", "ls", "org/rm")).toMatch(/, in part$/m);
  expect((await dataOf("models", "pull", "org/rm@v1")).trim()).toBe(one.folder);
  expect(await readFile(weights)).not.toEqual(content);
  const { checks } = await jsonOf<{ checks: { name: string; says: string }[] }>("doctor", "--pool", world.pool);
  expect(checks.find(({ name }) => name === "models of the hub")?.says).toMatch(/; no token: .*; \d in .*huggingface/);
});

test("two commands that want one model: one waits for the other, and Ctrl-C ends either with one message", async () => {
  vi.stubEnv("HF_HOME", join(world.folder, "another-home"));
  try {
    const before = weightsRequests("org/policy").length;
    const release = Promise.withResolvers<void>();
    fault = ({ origin }) => (origin === "store" ? { kind: "hold", after: 8192, until: release.promise } : undefined);
    const first = new Cli(["models", "pull", "org/policy"]);
    await expect.poll(() => weightsRequests("org/policy").length, { timeout: 120_000 }).toBe(before + 1);
    const second = new Cli(["models", "pull", "org/policy"]);
    const third = new Cli(["models", "pull", "org/policy"]);
    for (const waiting of [second, third])
      await waiting.says(/^download org\/policy: another process is downloading it, waiting$/m);
    third.signal("SIGINT");
    expect(refusal(await third.ended())).toMatchObject({
      exitCode: 130,
      message: expect.stringMatching(/^interrupted: Stopped during downloading models; .* Run the same command again/),
    });
    release.resolve();
    const ended = await Promise.all([first.ended(), second.ended()]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(ended[0]!.stdout).toBe(ended[1]!.stdout);
    expect(weightsRequests("org/policy")).toHaveLength(before + 1);
  } finally {
    vi.stubEnv("HF_HOME", home);
  }
});

test.each([
  ["org/none", {}, 2, /^unknown-hub-model: .*Received: org\/none\./],
  ["org/gated", { HF_TOKEN: "hf_out" }, 3, /^gated-model: .*has not been let in/],
  ["org/policy@v9", { HF_ENDPOINT: "http://127.0.0.1:5" }, 3, /^hub-unreachable: /],
])("%s with %o is refused with one message", async (model, environment, exitCode, message) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  try {
    const refused = refusal(await touchstone("models", "pull", model));
    expect(refused).toMatchObject({ exitCode, message: expect.stringMatching(message) });
  } finally {
    vi.stubEnv("HF_TOKEN", undefined);
    vi.stubEnv("HF_ENDPOINT", server.url);
  }
});
