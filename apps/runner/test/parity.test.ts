import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startModelServer } from "@touchstone/testkit/model-server";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Cli, jsonOf, refusal, touchstone } from "./cli.ts";
import { makeWorld, type World } from "./world.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => {
  Cli.endAll();
  world[Symbol.dispose]();
});

const some = () => [
  `--dataset=${world.dataset}`,
  "--limit=2",
  "--samples=4",
  "--max-tokens=8",
  `--pool=${world.pool}`,
  "--quiet",
];

interface Found {
  readonly measures: readonly { measure: string; statistic: string; value: number | null; n: number }[];
  readonly decisions: readonly { method: string; flips: number }[];
  readonly files: readonly string[];
}

test("a backend compared with itself in other tiles: tables, a summary, and exit code 0 within the tolerance", async () => {
  const out = join(world.folder, "parity");
  const found = await jsonOf<Found>(
    "parity",
    world.policy,
    world.policy,
    "--tile-b=2",
    "--tolerance=1e-3",
    `--out=${out}`,
    ...some(),
  );
  const largest = found.measures.find(
    (row) => row.measure === "token-difference" && row.statistic === "maximum-absolute",
  );
  expect(largest!.value).toBeLessThan(1e-4);
  expect(found.decisions.map(({ method }) => method)).toContain("self-certainty");
  expect(readdirSync(out).toSorted()).toEqual([
    "decisions.csv",
    "measures.csv",
    "parity.json",
    "positions.csv",
    "responses.csv",
  ]);
  expect(found.files.every((file) => existsSync(file))).toBe(true);
  // Header, and four responses of two problems.
  expect(readFileSync(join(out, "responses.csv"), "utf8").trim().split("\r\n")).toHaveLength(9);
});

test("reward models are compared on a policy's responses, and a difference beyond the tolerance is exit code 6", async () => {
  const flags = [`--model=${world.policy}`, "--tolerance=-1", ...some()];
  const { code, stdout, stderr } = await touchstone("parity", world.reward, world.reward, ...flags);
  expect(code).toBe(6);
  expect(stderr).toMatch(/^backends-differ: The largest difference is above the tolerance of -1\. Received: 0\./m);
  expect(stdout).toContain("reward-difference");
  expect(stdout).toMatch(/best-of-n\s+reward\s+4\s+0\s/);
});

test("a server of the same weights is held against the engine token by token", async () => {
  await using server = await startModelServer({
    flavour: "vllm",
    models: [{ name: "org/policy", folder: world.policy }],
  });
  const served = `${server.url}#org/policy`;
  const found = await jsonOf<Found & { remarks: string[] }>("parity", world.policy, served, ...some());
  const largest = found.measures.find(
    (row) => row.measure === "token-difference" && row.statistic === "maximum-absolute",
  );
  expect(largest!.n).toBeGreaterThan(8);
  expect(largest!.value).toBeLessThan(1e-3);
  expect(found.measures.find(({ measure }) => measure === "greedy-identical")!.value).toBe(1);
  expect(found.remarks.join(" ")).toContain("B says log-probabilities only");
  const certain = found.decisions.find(({ method }) => method === "self-certainty");
  expect(certain!.flips).toBe(0);
});

test("what is no pair of backends, and what there is nothing to compare on, is one message", async () => {
  const roles = refusal(await touchstone("parity", world.policy, world.reward, ...some()));
  expect(roles).toMatchObject({ exitCode: 2, message: expect.stringMatching(/^different-roles: /) as string });
  const nothing = refusal(await touchstone("parity", world.policy, world.policy, "--quiet"));
  expect(nothing).toMatchObject({ exitCode: 2, message: expect.stringMatching(/^nothing-to-compare-on: /) as string });
});
