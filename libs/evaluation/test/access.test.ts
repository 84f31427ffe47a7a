import {
  decodingId,
  defineProcedure,
  stream,
  type Access,
  type Budget,
  type Method,
  type ProblemView,
  type Selector,
} from "@touchstone/core";
import { expect, test } from "vitest";
import { z } from "zod";
import type { Contender } from "../src/cells.ts";
import type { ProblemPool } from "../src/columns.ts";
import { PoolAccess } from "../src/access.ts";
import { lift } from "../src/index.ts";
import { decideBatch } from "../src/procedures.ts";
import { Orderings } from "../src/subsets.ts";
import { best, SIZE, vote } from "./toy-world.ts";
import { toyPool } from "./toy-pool.ts";

const DECODING = { temperature: 1, topK: 0, topP: 1, maxTokens: 96, stop: [] };
const PLAIN = decodingId(DECODING);
const SIZES = { policy: SIZE, rewardModels: new Map([["r", { total: 500, active: 50, attentionWidth: 5 }]]) };

const READING = { stepDelimiter: "\n", lineEnds: () => new Int32Array(), answerOf: () => null };
const DECIDING = { ...READING, gradeOf: () => 0, ofAbstention: 0, together: false, state: undefined };

const FIRST = toyPool({
  problem: "first",
  answers: ["1", "2", "2", null, "1", "3"],
  tokens: [1, 2, 3, 4, 5, 6],
  rewards: { r: [0.5, 2, -1, Number.NaN, 3, 3] },
});
const SECOND = toyPool({
  problem: "second",
  answers: ["2", "1", "1", "2", "1", "1"],
  tokens: [6, 5, 4, 3, 2, 1],
  rewards: { r: [1, 1, 1, 0, 0, 2] },
});

function replay(budget: Partial<Budget>, pools: readonly ProblemPool[] = [FIRST, SECOND]): PoolAccess {
  return new PoolAccess({
    budget: { unit: "samples", amount: 4, scope: "problem", ...budget },
    problems: pools.map((pool) => ({
      view: pool.view,
      pools: new Map([[PLAIN, { pool, ordering: Uint32Array.from(pool.answers.keys()) }]]),
    })),
    decoding: DECODING,
    rewardModels: ["r"],
    sizes: SIZES,
    ...READING,
    random: (purpose) => stream(0, purpose),
    signal: new AbortController().signal,
  });
}

test.each([
  ["best of n", best as Selector, 4],
  ["best of n", best as Selector, 6],
  ["a vote", vote as Selector, 4],
])("%s lifted to a procedure decides on the pool in order as it selects (n = %3$i)", async (_name, selector, n) => {
  const parameters = selector.parameters.parse({});
  const access = replay({ amount: n });
  const decisions = await lift(selector).decide([FIRST.view, SECOND.view], access, parameters, undefined);
  for (const [i, pool] of [FIRST, SECOND].entries()) {
    const chosen = Array.from({ length: n }, (_, index) => index);
    const rewards = Float64Array.from(chosen, (index) => pool.rewards.get("r")!.values[index]!);
    const selection = selector.select(
      { size: n, answers: pool.answers.slice(0, n), rewards: () => rewards } as never,
      parameters,
      stream(0),
    );
    const decision = decisions[i]!;
    if (selection.kind !== "selected" || decision.kind !== "decided") throw new Error("both decide here");
    const weights = new Float64Array(n);
    for (const { id, weight } of decision.weights) weights[access.handed(id).pooled!.index] = weight;
    expect([...weights]).toEqual([...selection.weights]);
  }
  expect(access.ledger("first")).toMatchObject({ samples: n, rounds: selector.needs.rewards === "one" ? 2 : 1 });
});

test("the ledger counts the prompt once, and tokens and FLOPs of what was drawn and rewarded", async () => {
  const access = replay({ amount: 3 });
  const [one] = await access.draw([{ problem: FIRST.view, count: 1 }]);
  await access.draw([{ problem: FIRST.view, count: 2 }]);
  await access.reward(one!);
  // Samples of 1, 2 and 3 tokens behind 3; see spend.test.ts for the constants.
  const policy = 3 * 200 + 6 * 40 + (200 + 4 * 40) + (400 + 9 * 40) + (600 + 15 * 40);
  expect(access.ledger("first")).toEqual({
    samples: 3,
    promptTokens: 3,
    completionTokens: 6,
    rewardTokens: 4,
    extraForwardTokens: 0,
    trainingTokens: 0,
    rounds: 3,
    flops: policy + (4 * 100 + 10 * 20),
    seconds: 3 * 0.25 + 0.125,
  });
  expect(access.ledger("second").samples).toBe(0);
});

test.each(["samples", "tokens", "flops"] as const)("what a draw will cost is what it costs, in %s", async (unit) => {
  const access = replay({ unit, amount: 1e6 });
  // A first sample of one token, whose reward reads it and the prompt of 3.
  const rewarded = access.costOfDraw(FIRST.view, 1, "r");
  const [first] = await access.draw([{ problem: FIRST.view, count: 1 }]);
  await access.reward(first!);
  expect(access.spent(FIRST.view)).toBe(rewarded);
  // The next ones are 2 and 3 tokens long, and the prompt is paid for.
  for (const tokens of [2, 3]) {
    const expected = access.spent(FIRST.view) + access.costOfDraw(FIRST.view, tokens);
    await access.draw([{ problem: FIRST.view, count: 1 }]);
    expect(access.spent(FIRST.view)).toBe(expected);
  }
});

test("an act beyond the budget throws and is neither entered nor answered", async () => {
  const access = replay({ amount: 4 });
  await access.draw([{ problem: FIRST.view, count: 3 }]);
  await expect(access.draw([{ problem: FIRST.view, count: 2 }])).rejects.toMatchObject({ code: "over-budget" });
  expect(access.ledger("first").samples).toBe(3);
  const [last] = await access.draw([{ problem: FIRST.view, count: 1 }]);
  // The refused act did not move on in the pool.
  expect(access.handed(last![0]!.id).pooled!.index).toBe(3);
});

test("a budget in tokens counts rewards too", async () => {
  // Prompt 3, samples 1 + 2, one reward 4.
  const access = replay({ unit: "tokens", amount: 3 + 3 + 4 });
  const [drawn] = await access.draw([{ problem: FIRST.view, count: 2 }]);
  await access.reward(drawn!.slice(0, 1));
  await expect(access.reward(drawn!.slice(1))).rejects.toMatchObject({ code: "over-budget", value: 14 });
});

test("a batch shares its budget: one problem may take what another leaves", async () => {
  const access = replay({ amount: 4, scope: "batch" });
  await access.draw([{ problem: FIRST.view, count: 6 }]);
  await access.draw([{ problem: SECOND.view, count: 2 }]);
  await expect(access.draw([{ problem: SECOND.view, count: 1 }])).rejects.toThrow("8 samples shared by 2 problems");
});

test("what a pool cannot answer is refused by name", async () => {
  const access = replay({ amount: 100 });
  const [drawn] = await access.draw([{ problem: FIRST.view, count: 1 }]);
  const cut = { unit: "token", keep: 0 } as const;
  await expect(access.continue([{ parent: drawn![0]!.id, cut }])).rejects.toMatchObject({ code: "not-replayable" });
  await expect(access.embed([FIRST.view])).rejects.toMatchObject({ code: "not-replayable" });
  await expect(access.draw([{ problem: FIRST.view, count: 1, decoding: { temperature: 0.5 } }])).rejects.toMatchObject({
    code: "not-replayable",
  });
  await expect(access.draw([{ problem: FIRST.view, count: 6 }])).rejects.toMatchObject({ code: "pool-exhausted" });
  await expect(access.reward(drawn!, "another")).rejects.toThrow("may read rewards of: r");
});

test("a drawn sample carries no grade, and its name does not say where in the pool it lies", async () => {
  const access = new PoolAccess({
    budget: { unit: "samples", amount: 2, scope: "problem" },
    problems: [
      { view: FIRST.view, pools: new Map([[PLAIN, { pool: FIRST, ordering: Uint32Array.of(4, 1, 0, 2, 3, 5) }]]) },
    ],
    decoding: DECODING,
    rewardModels: [],
    sizes: SIZES,
    ...READING,
    random: (purpose) => stream(0, purpose),
    signal: new AbortController().signal,
  });
  const [drawn] = await access.draw([{ problem: FIRST.view, count: 2 }]);
  expect(Object.keys(drawn![0]!).toSorted()).toEqual(
    [
      "answer",
      "entropy",
      "finish",
      "id",
      "logProbability",
      "problem",
      "selfCertainty",
      "text",
      "tokenCount",
      "truncated",
    ].toSorted(),
  );
  expect(drawn!.map(({ id }) => id)).toEqual([`first/${PLAIN}/0`, `first/${PLAIN}/1`]);
  expect(drawn![0]!.tokenCount).toBe(5);
});

/** Draws one sample of everything, then spends what is left of the batch on the first problem. */
const greedyForFirst = defineProcedure({
  name: "greedy-for-first",
  summary: "",
  reference: { title: "", authors: "", year: 2026 },
  needs: { rewards: "none", answers: false },
  parameters: z.strictObject({}),
  async decide(problems: readonly ProblemView[], access: Access) {
    const left = access.budget.amount * problems.length - problems.length;
    const ones = await access.draw(problems.map((problem) => ({ problem, count: 1 })));
    await access.draw([{ problem: problems[0]!, count: left }]);
    return ones.map(([sample]) => ({ kind: "decided", weights: [{ id: sample!.id, weight: 1 }] }) as const);
  },
});

function contenderOf(method: Method): Contender {
  return {
    method,
    choice: { name: method.name, parameters: {}, source: "default" },
    parameters: "{}",
    visible: [],
    rewardModel: "",
  };
}

test("a procedure is evaluated on replayed orderings with what each problem really spent", async () => {
  const cell = {
    contender: { ...contenderOf(greedyForFirst as Method), method: greedyForFirst as never },
    budget: { unit: "samples", amount: 3, scope: "batch" } as const,
    decoding: DECODING,
    sizes: SIZES,
    ...DECIDING,
    seed: 0,
    dataset: "toy",
    orderings: new Orderings({ seed: 0, dataset: "toy" }),
    replicates: 2000,
  };
  const pools = [FIRST, SECOND].map((pool) => new Map([[PLAIN, pool]]));
  const [first, second] = await decideBatch(cell, pools, new AbortController().signal);
  expect(first!.spend.samples).toBe(5);
  expect(second!.spend.samples).toBe(1);
  // One random sample each: two of six and four of six are right.
  expect(Math.abs(first!.outcome.accuracy - 2 / 6)).toBeLessThan(4 * first!.outcome.accuracyError);
  expect(Math.abs(second!.outcome.accuracy - 4 / 6)).toBeLessThan(4 * second!.outcome.accuracyError);
  // Five of six samples, one of which is unreadable.
  expect(first!.unparsable).toBeCloseTo(5 / 6, 1);
});

test("an answer with another problem's sample is refused", async () => {
  const wrong = defineProcedure({
    ...greedyForFirst,
    async decide(problems: readonly ProblemView[], access: Access) {
      const [drawn] = await access.draw([{ problem: problems[0]!, count: 1 }]);
      return problems.map(() => ({ kind: "decided", weights: [{ id: drawn![0]!.id, weight: 1 }] }) as const);
    },
  });
  const cell = {
    contender: { ...contenderOf(wrong as Method), method: wrong as never },
    budget: { unit: "samples", amount: 1, scope: "batch" } as const,
    decoding: DECODING,
    sizes: SIZES,
    ...DECIDING,
    seed: 0,
    dataset: "toy",
    orderings: new Orderings({ seed: 0, dataset: "toy" }),
    replicates: 1,
  };
  const pools = [FIRST, SECOND].map((pool) => new Map([[PLAIN, pool]]));
  await expect(decideBatch(cell, pools, new AbortController().signal)).rejects.toThrow(
    "answered second with a sample of first",
  );
});
