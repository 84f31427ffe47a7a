import { forwardFlops, type Budget, type ProblemView } from "@touchstone/core";
import { ToyAccess, toyPolicy } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { adaptiveConsistency } from "../src/index.ts";
import { drawsBeforeStop, leadCertainty, topTwo } from "../src/stopping.ts";

test("certainty of the lead is the upper half of the Beta law", () => {
  // a votes against none: Beta(a + 1, 1) has P(x > ½) = 1 − 2^−(a+1).
  for (const a of [0, 1, 4, 30]) expect(leadCertainty(a, 0)).toBeCloseTo(1 - 0.5 ** (a + 1), 12);
  for (const a of [0, 3, 20]) expect(leadCertainty(a, a)).toBeCloseTo(0.5, 12);
  // Beta(3, 2): ∫_½^1 12 x²(1 − x) dx = 12 · (7/24 − 15/64) = .6875.
  expect(leadCertainty(2, 1)).toBeCloseTo(0.6875, 12);
  // A tie of thousands is as uncertain as any other, though 2^−4001 is no number.
  expect(leadCertainty(2000, 2000)).toBeCloseTo(0.5, 9);
});

test("certainty agrees with the Beta density summed over a fine grid", () => {
  const [a, b, steps] = [7, 3, 20_000];
  const density = (x: number) => x ** a * (1 - x) ** b;
  let [upper, all] = [0, 0];
  for (let i = 0; i < steps; i++) {
    const x = (i + 0.5) / steps;
    all += density(x);
    if (x > 0.5) upper += density(x);
  }
  expect(leadCertainty(a, b)).toBeCloseTo(upper / all, 6);
});

test("the two most frequent answers are found in any order", () => {
  expect(topTwo([1, 5, 3, 5])).toEqual([5, 5]);
  expect(topTwo([4])).toEqual([4, 0]);
  expect(topTwo([])).toEqual([0, 0]);
});

test("four equal answers are the fewest that stop at .95, and no round is longer than can matter", () => {
  // 1 − 2^−5 = .969, 1 − 2^−4 = .9375.
  expect(drawsBeforeStop(0, 0, 0.95, 40)).toBe(4);
  expect(drawsBeforeStop(3, 0, 0.95, 40)).toBe(1);
  expect(drawsBeforeStop(0, 0, 0.95, 2)).toBe(2);
  expect(drawsBeforeStop(0, 0, 1, 40)).toBe(40);
});

const problems = ["easy", "hard", "silent"].map((id): ProblemView => ({
  id,
  messages: [{ role: "user", content: id }],
  cluster: id,
  split: "test",
}));
/** One digit, then the end: `easy` nearly always says 1, `hard` says 1 or 2 alike, `silent` says nothing that can be read. */
const policy = toyPolicy({
  vocabulary: ["1", "2", "?"],
  conditional: (prompt, prefix) => {
    // A toy law leaves nothing impossible.
    const rare = 1e-9;
    const digit = { easy: [1 - 3 * rare, rare], hard: [0.5, 0.5 - 2 * rare], silent: [rare, rare] }[prompt]!;
    return prefix.length > 0
      ? [rare, rare, rare, 1 - 3 * rare]
      : [...digit, prompt === "silent" ? 1 - 3 * rare : rare, rare];
  },
});

function open(budget: Partial<Budget>) {
  return new ToyAccess({
    policy,
    rewardModels: [],
    problems,
    extract: (text) => (text === "?" ? undefined : text),
    budget: { unit: "samples", amount: 30, scope: "problem", ...budget },
    decoding: { temperature: 1, topK: 0, topP: 1, maxTokens: 2, stop: [] },
    seed: 3,
  });
}

const decide = (access: ToyAccess, given: object = {}) =>
  adaptiveConsistency.decide(access.problems, access, adaptiveConsistency.parameters.parse(given), undefined);
const counts = (access: ToyAccess) => problems.map(({ id }) => access.drawnFor(id).length);

test("an easy problem stops after four draws in one round; a hard one and a silent one go on", async () => {
  const access = open({});
  const decisions = await decide(access);
  const [easy, hard, silent] = counts(access);
  expect(easy).toBe(4);
  expect(access.ledger("easy").rounds).toBe(1);
  expect(hard).toBeGreaterThan(4);
  expect(silent).toBe(30);
  expect(decisions[0]).toMatchObject({ kind: "decided", diagnostics: { draws: 4, stopped: 1 } });
  expect(decisions[2]).toMatchObject({ kind: "abstained", reason: "no sample has a parsable answer" });
});

test("a certainty that is reached exactly is enough", async () => {
  const access = open({});
  await decide(access, { confidence: leadCertainty(6, 0) });
  expect(counts(access)[0]).toBe(6);
});

test("never more than the maximum, nor than the budget", async () => {
  const capped = open({});
  await decide(capped, { maximum: 6 });
  expect(counts(capped)[2]).toBe(6);
  const small = open({ amount: 3 });
  await decide(small);
  expect(counts(small)).toEqual([3, 3, 3]);
});

test("draws in rounds decide as draws one by one", async () => {
  const access = open({});
  const decisions = await decide(access);
  const drawn = access.drawnFor("hard").map(({ text }) => text);
  // Replays the published rule on the same draws: stop as soon as the certainty is reached.
  let stop = 0;
  const votes = new Map<string, number>();
  while (stop < drawn.length && leadCertainty(...topTwo(votes.values())) < 0.95) {
    const text = drawn[stop++]!;
    votes.set(text, (votes.get(text) ?? 0) + 1);
  }
  expect(drawn).toHaveLength(stop);
  expect(decisions[1]!.diagnostics!["draws"]).toBe(stop);
});

test("a shared budget lets uncertain problems have what certain ones leave", async () => {
  const access = open({ amount: 12, scope: "batch" });
  await decide(access);
  const [easy, hard, silent] = counts(access);
  expect(easy).toBe(4);
  expect(easy! + hard! + silent!).toBeLessThanOrEqual(36);
  expect(silent).toBeGreaterThan(12);
});

test("tokens and FLOPs are kept to and used up", async () => {
  const access = open({ unit: "tokens", amount: 25 });
  await decide(access);
  // A prompt of 6 tokens and responses of 2.
  expect(access.drawnFor("silent").length).toBe(Math.floor((25 - 6) / 2));
  const [prompt, response] = [forwardFlops(policy.size, 0, 6), forwardFlops(policy.size, 6, 2)];
  const flops = open({ unit: "flops", amount: prompt + 9.5 * response });
  await decide(flops);
  expect(counts(flops)[2]).toBe(9);
  expect(flops.refused).toEqual([]);
  const shared = open({ unit: "flops", scope: "batch", amount: prompt + 9.5 * response });
  await decide(shared);
  // What the easy problem leaves goes to the others.
  expect(counts(shared)[2]).toBeGreaterThan(9);
  expect(shared.refused).toEqual([]);
});

test("a budget that does not buy one draw is said", async () => {
  const access = open({ unit: "tokens", amount: 7 });
  const reason = "the budget does not surely buy one draw";
  const decisions = await decide(access);
  // The prompt of "silent" is 6 tokens, a response 2; those of the others are 4.
  expect(decisions.map(({ kind }) => kind)).toEqual(["decided", "decided", "abstained"]);
  expect(decisions[2]).toMatchObject({ reason });
  expect(access.refused).toEqual([]);
});

test("certainty lies between one half and one", () => {
  expect(adaptiveConsistency.parameters.safeParse({ confidence: 0.4 }).error?.message).toMatch(/confidence/);
});
