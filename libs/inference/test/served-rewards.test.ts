import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RewardModel } from "@touchstone/core";
import { startModelServer, type ModelServer } from "@touchstone/testkit/model-server";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { writeFixtureModel } from "../src/fixture/index.ts";
import { loadRewardModel, type LocalRewardModel } from "../src/index.ts";
import { openServedRewardModel, type ServedRewardOptions } from "../src/judges/index.ts";

const SHAPE = { layers: 1, width: 32, heads: 2, mlp: 48, vocabulary: 80, positions: 128 };
const folder = mkdtempSync(join(tmpdir(), "touchstone-served-rewards-"));
const pairs = ["2 plus 3?", "7 minus 4?"].flatMap((content) =>
  ["it is 5", "3", "no idea at all"].map((text) => ({
    messages: [{ role: "user" as const, content }],
    response: { text },
  })),
);
const LONG = { messages: pairs[0]!.messages, response: { text: "9".repeat(300) } };

let engine: LocalRewardModel;
let server: ModelServer;
beforeAll(async () => {
  await writeFixtureModel(join(folder, "reward"), SHAPE, { kind: "classifier", seed: 7 });
  await writeFixtureModel(join(folder, "policy"), SHAPE, { seed: 8 });
  engine = await loadRewardModel(join(folder, "reward"), { workers: 1 });
  server = await startModelServer({
    flavour: "vllm",
    models: [
      { name: "org/rm", folder: join(folder, "reward"), role: "reward-model" },
      { name: "policy", folder: join(folder, "policy") },
    ],
  });
}, 60_000);
beforeEach(() => server.setFaults([]));
afterAll(async () => {
  await engine.close();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function opened(
  as?: "classify" | "pooling" | "score",
  options: ServedRewardOptions = {},
): Promise<RewardModel & AsyncDisposable> {
  const model = await openServedRewardModel(
    { url: server.url, model: "org/rm", as },
    { backoffSeconds: 0.01, ...options },
  );
  return Object.assign(model, { [Symbol.asyncDispose]: () => model.close() });
}

describe.each(["classify", "pooling", "score"] as const)("a reward model behind /%s", (as) => {
  test("gives the engine's rewards, and counts the server's tokens", async () => {
    await using served = await opened(as);
    const [found, expected] = [await served.reward(pairs), await engine.reward(pairs)];
    for (const [i, { value }] of expected.entries()) expect(found[i]!.value).toBeCloseTo(value, 5);
    const sum = (list: readonly { tokens: number }[]) => list.reduce((total, { tokens }) => total + tokens, 0);
    // /score counts a request as a whole; its shares are rounded.
    expect(Math.abs(sum(found) - sum(expected))).toBeLessThanOrEqual(as === "score" ? pairs.length : 0);
  });

  test("has no reward for a response that the server refuses, and the others' all the same", async () => {
    await using served = await opened(as);
    await server.setFaults([{ kind: "status", status: 400, path: `/${as}`, body: "no idea" }]);
    const found = await served.reward(pairs.slice(0, 4));
    expect(found.map(({ value }) => Number.isNaN(value))).toEqual([false, false, true, false]);
    await expect(served.reward([pairs[2]!])).rejects.toThrow(/^server-refused: .*status 400/);
    // What the model itself fails on is not refused: its number is missing.
    expect((await served.reward([LONG]))[0]!.value).toBeNaN();
  });

  test("survives failures that pass, and is an error where they do not", async () => {
    await using served = await opened(as, { retries: 2 });
    await server.setFaults([
      { kind: "status", status: 503, path: `/${as}`, times: 1 },
      { kind: "cut", path: `/${as}`, after: 1, times: 1 },
    ]);
    const [found, expected] = [await served.reward(pairs.slice(0, 1)), await engine.reward(pairs.slice(0, 1))];
    expect(found[0]!.value).toBeCloseTo(expected[0]!.value, 5);
    await server.setFaults([{ kind: "status", status: 500, path: `/${as}` }]);
    await expect(served.reward(pairs)).rejects.toThrow(/^server-failed: .*tried 3 times/);
    await server.setFaults([{ kind: "malformed", path: `/${as}` }]);
    await expect(served.reward(pairs)).rejects.toThrow(/^server-malformed-answer: /);
    await server.setFaults([{ kind: "other-model", path: `/${as}` }]);
    await expect(served.reward(pairs)).rejects.toThrow(/^server-other-model: /);
  });
});

test("an unfinished response is rewarded without its end", async () => {
  await using served = await opened("classify");
  const partial = { ...pairs[0]!, response: { text: "it is", partial: true } };
  const [[found], [expected]] = [await served.reward([partial]), await engine.reward([partial])];
  expect(found!.value).toBeCloseTo(expected!.value, 5);
});

test("without a reading, the first endpoint that answers is taken", async () => {
  await server.setFaults([{ kind: "status", status: 404, path: "/classify" }]);
  await using served = await opened();
  await server.setFaults([]);
  await served.reward(pairs.slice(0, 1));
  expect((await server.seen()).at(-1)!.path).toBe("/pooling");
  await using direct = await opened("pooling");
  // Named as in a suite; its rewards are the same ones.
  expect({ ...served.identity, name: "org/rm?as=pooling" }).toEqual(direct.identity);
});

test("several labels are no reward, a policy has none, and an unknown name is said", async () => {
  await using served = await opened("classify");
  const two = { data: [{ probs: [0.1, 0.9], num_classes: 2 }] };
  await server.setFaults([{ kind: "status", status: 200, path: "/classify", answer: two }]);
  await expect(served.reward(pairs)).rejects.toThrow(/^not-one-reward: The server gives 2 numbers/);
  await server.setFaults([]);
  await expect(openServedRewardModel({ url: server.url, model: "policy" })).rejects.toThrow(/^missing-capability: /);
  await expect(openServedRewardModel({ url: server.url, model: "other", as: "classify" })).rejects.toThrow(
    /^unknown-served-model: .*org\/rm, policy/,
  );
});

test("a server that counts no tokens is said once, and its number without a value is a failed reward", async () => {
  const remarks: string[] = [];
  await using served = await opened("classify", { onRemark: (remark) => remarks.push(remark) });
  await server.setFaults([{ kind: "no-usage", path: "/classify" }]);
  const found = await served.reward(pairs);
  expect(found.map(({ tokens }) => tokens)).toEqual(pairs.map(() => 0));
  expect(remarks).toEqual([expect.stringContaining("does not say how many tokens a reward took")]);
  await server.setFaults([{ kind: "status", status: 200, path: "/classify", answer: { data: [{ probs: [null] }] } }]);
  expect((await served.reward(pairs.slice(0, 1)))[0]!.value).toBeNaN();
});
