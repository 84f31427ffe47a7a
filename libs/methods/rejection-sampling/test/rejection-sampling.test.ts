import type { Budget, Decoding, ProblemView } from "@touchstone/core";
import { randomConditional, ToyAccess, toyPolicy, toyReward } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { Acceptance } from "../src/acceptance.ts";
import { rejectionSampling } from "../src/index.ts";

const vocabulary = ["1", "2"];
const policy = toyPolicy({ vocabulary, conditional: randomConditional(8, vocabulary.length) });
const decoding: Decoding = { temperature: 1, topK: 0, topP: 1, maxTokens: 3, stop: [] };
/** Between 0 and 3: the number of ones. */
const worth = (text: string) => [...text].filter((digit) => digit === "1").length;
const message = { role: "user", content: "question" } as const;
const problemsOf = (count: number) =>
  Array.from({ length: count }, (_, i): ProblemView => {
    return { id: `p-${i}`, messages: [message], cluster: `p-${i}`, split: "test" };
  });

function open(count: number, budget: Partial<Budget>, reward = worth, seed = 1) {
  return new ToyAccess({
    policy,
    rewardModels: [toyReward("reward", (_, text) => reward(text))],
    problems: problemsOf(count),
    extract: () => undefined,
    budget: { unit: "samples", amount: 64, scope: "problem", ...budget },
    decoding,
    seed,
    rewardScale: 0.5,
  });
}

const decide = (access: ToyAccess, given: object = {}) =>
  rejectionSampling.decide(access.problems, access, rejectionSampling.parameters.parse(given), undefined);

/** Share of each response among the decisions that accepted. */
async function lawOf(count: number, given: object) {
  const access = open(count, { amount: 200 });
  const decisions = await decide(access, given);
  const shares = new Map<string, number>();
  let accepted = 0;
  for (const [i, decision] of decisions.entries()) {
    if (decision.kind !== "decided" || decision.diagnostics!["fallback"] === 1) continue;
    accepted++;
    const { id } = decision.weights[0]!;
    const { text } = access.drawnFor(`p-${i}`).find((drawn) => drawn.id === id)!;
    shares.set(text, (shares.get(text) ?? 0) + 1);
  }
  return { shares, accepted };
}

test("with a true bound, what is accepted has the tilted law", async () => {
  const count = 1200;
  for (const [beta, unit] of [
    [1, "raw"],
    [0.6, "sd"],
    [8, "raw"],
  ] as const) {
    const temperature = unit === "sd" ? beta * 0.5 : beta;
    const { shares, accepted } = await lawOf(count, { beta, unit, bound: 3 });
    expect(accepted).toBe(count);
    // Responses are texts here; those of different tokens with the same text share its mass.
    const exact = new Map<string, number>();
    for (const { text, probability } of policy.responses([message], decoding)) {
      exact.set(text, (exact.get(text) ?? 0) + probability * Math.exp(worth(text) / temperature));
    }
    const normaliser = [...exact.values()].reduce((a, b) => a + b, 0);
    let statistic = 0;
    for (const [text, mass] of exact) {
      const expected = (accepted * mass) / normaliser;
      statistic += ((shares.get(text) ?? 0) - expected) ** 2 / expected;
    }
    // Pearson's statistic has mean k − 1 and variance 2(k − 1): five deviations.
    const freedom = exact.size - 1;
    expect(Math.abs(statistic - freedom)).toBeLessThan(5 * Math.sqrt(2 * freedom));
  }
});

test("acceptance follows coins and bound by hand", () => {
  const known = new Acceptance(1, 2);
  // exp(1 − 2) = .368.
  expect(known.accepts(1, 0.37)).toBe(false);
  expect(known.accepts(1, 0.36)).toBe(true);
  expect(known.accepts(Number.NaN, 0)).toBe(false);
  expect(known.aboveBound).toBe(0);
  expect(known.accepts(3, 0.999)).toBe(true);
  expect(known.aboveBound).toBe(1);
});

test("a running bound is the highest reward so far, and what exceeds it is accepted", () => {
  const running = new Acceptance(0.5, undefined);
  running.see(1);
  running.see(Number.NaN);
  // exp((.5 − 1)/.5) = .368.
  expect(running.accepts(0.5, 0.37)).toBe(false);
  expect(running.accepts(0.5, 0.36)).toBe(true);
  expect(running.accepts(1.5, 0.999)).toBe(true);
  // exp((1 − 1.5)/.5) = .368.
  expect(running.accepts(1, 0.37)).toBe(false);
  expect(running.aboveBound).toBe(0);
});

test("draws of the warm-up come in one round and are not accepted themselves", async () => {
  const access = open(40, { amount: 16 });
  // At a high temperature nearly everything is accepted: the first draw after the warm-up of 4.
  const decisions = await decide(access, { beta: 1e6, warmUp: 0.25 });
  for (const [i, decision] of decisions.entries()) {
    const drawn = access.drawnFor(`p-${i}`);
    expect(drawn).toHaveLength(5);
    expect(decision).toMatchObject({ weights: [{ id: drawn[4]!.id }], diagnostics: { draws: 5, fallback: 0 } });
    expect(access.ledger(`p-${i}`).rounds).toBe(2);
  }
});

test("it stops when something is accepted, and falls back to what it was told where nothing is", async () => {
  const early = open(50, {});
  const accepted = await decide(early, { bound: 3, beta: 100 });
  // exp(−3/100) = .97 at least: hardly ever a second draw.
  const draws = accepted.map(({ diagnostics }) => diagnostics!["draws"]!);
  expect(draws.reduce((a, b) => a + b, 0) / 50).toBeLessThan(1.3);
  expect(draws).toEqual(accepted.map((_, i) => early.drawnFor(`p-${i}`).length));

  for (const fallback of ["best", "last"] as const) {
    // A bound that is far too high: exp(−1000).
    const access = open(1, { amount: 12 });
    const [decision] = await decide(access, { bound: 1000, fallback });
    const drawn = access.drawnFor("p-0");
    const best = Math.max(...drawn.map(({ text }) => worth(text)));
    const expected = fallback === "last" ? drawn.at(-1) : drawn.find(({ text }) => worth(text) === best);
    expect(decision).toMatchObject({
      weights: [{ id: expected!.id, weight: 1 }],
      diagnostics: { draws: 12, fallback: 1, above_bound: 0 },
    });
  }
});

test("at a small beta what is returned is the best of what was drawn", async () => {
  const access = open(20, { amount: 16 });
  const decisions = await decide(access, { beta: 1e-6 });
  for (const [i, decision] of decisions.entries()) {
    const drawn = access.drawnFor(`p-${i}`);
    const { id } = decision.kind === "decided" ? decision.weights[0]! : { id: "none" };
    expect(worth(drawn.find((one) => one.id === id)!.text)).toBe(Math.max(...drawn.map(({ text }) => worth(text))));
    expect(drawn.length).toBeGreaterThan(8);
  }
});

test("tokens and FLOPs are kept to and used up", async () => {
  const tokens = open(20, { unit: "tokens", amount: 150 });
  await decide(tokens, { bound: 1000 });
  expect(tokens.refused).toEqual([]);
  expect(Math.min(...problemsOf(20).map(({ id }) => tokens.drawnFor(id).length))).toBeGreaterThan(1);
  // A bound far above every reward: nothing is accepted, so that it ends where the next draw may not fit.
  const unspent = open(1, { unit: "flops", amount: 1 });
  const price = unspent.costOfDraw(unspent.problems[0]!, 3, "reward");
  const amount = 30 * price;
  const flops = open(20, { unit: "flops", amount });
  await decide(flops, { bound: 1000 });
  expect(flops.refused).toEqual([]);
  for (const problem of flops.problems) {
    const left = amount - flops.spent(problem);
    expect(left).toBeGreaterThanOrEqual(0);
    // The reward's cost for each token is learned from the first draw, which may be one token long and then paid for the whole prompt.
    expect(left).toBeLessThan(8 * price);
  }
  const [none] = await decide(unspent);
  expect(none).toMatchObject({ kind: "abstained", reason: "the budget does not surely buy one draw and its reward" });
});
