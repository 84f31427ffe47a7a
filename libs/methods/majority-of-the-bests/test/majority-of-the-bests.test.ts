import { stream, type DrawnView, type Selection } from "@touchstone/core";
import { bestOfN } from "@touchstone/method-best-of-n";
import { majorityVote } from "@touchstone/method-majority-vote";
import { standing } from "@touchstone/stats";
import { drawnView, randomView, type ViewKind } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { adaptiveM, bestOfMChances } from "../src/bootstrap.ts";
import { majorityOfTheBests } from "../src/index.ts";

const selectOn = (view: DrawnView, given: object = {}) =>
  majorityOfTheBests.select(view, majorityOfTheBests.parameters.parse(given), stream(1));
const select = (answers: number[], rewards: number[], given: object = {}) =>
  selectOn(drawnView({ answers, rewards }), given);
const weightsOf = (selection: Selection) => (selection.kind === "selected" ? selection.weights : "abstained");

function* views(...kinds: ViewKind[]) {
  for (const kind of kinds) {
    for (let index = 0; index < 40; index++) {
      yield randomView({ seed: 3, index, kind, rewardModels: 1, largest: 9, rewardRange: [-2, 2] });
    }
  }
}

/** The chance of each sample to be the best of m, by writing down all N^m draws; equal rewards share. */
function byEnumeration(rewards: readonly number[], m: number): number[] {
  const chances = rewards.map(() => 0);
  const size = rewards.length;
  const draws = size ** m;
  for (let code = 0; code < draws; code++) {
    const drawn = Array.from({ length: m }, (_, k) => Math.floor(code / size ** k) % size);
    const best = Math.max(...drawn.map((i) => rewards[i]!));
    // Equal rewards share by symmetry: the mass of the best value goes to all samples that have it.
    const equal = [...rewards.keys()].filter((i) => rewards[i] === best);
    for (const i of equal) chances[i]! += 1 / (draws * equal.length);
  }
  return chances;
}

test("the closed form is what all draws with replacement give, ties included", () => {
  for (const rewards of [[0.3, -1, 2, 5], [1, 1, 0, 2, 2], [4, 4, 4], [7]]) {
    for (const m of [1, 2, 3, 5]) {
      const exact = bestOfMChances(standing(rewards), m, new Float64Array(rewards.length));
      const enumerated = byEnumeration(rewards, m);
      expect(Array.from(exact)).toEqual(enumerated.map((chance) => expect.closeTo(chance, 12)));
    }
  }
});

test("the answer that is most often the best of m wins", () => {
  // N = 4, m = 2. Best of two by rank: 7/16, 5/16, 3/16, 1/16. Answer 1: 7/16; answer 2: 5/16 + 3/16 = 8/16.
  expect(select([1, 2, 2, 3], [9, 5, 4, 0])).toMatchObject({
    weights: Float64Array.of(0, 0.5, 0.5, 0),
    diagnostics: { winning_share: expect.closeTo(0.5, 12), tied_answers: 1, m: 2 },
  });
  // m = 3: 37/64 against 19/64 + 7/64.
  expect(select([1, 2, 2, 3], [9, 5, 4, 0], { m: 3 })).toMatchObject({ weights: Float64Array.of(1, 0, 0, 0) });
});

test("m = 1 is majority vote", () => {
  for (const view of views("clean", "ties", "equal", "unmeasured")) {
    // Where some rewards failed, the vote is that of the others.
    const voters = view.answers.map((answer, i) => (Number.isNaN(view.rewards()[i]!) ? -1 : answer));
    const majority = majorityVote.select(drawnView({ answers: voters }), majorityVote.parameters.parse({}), stream(1));
    expect(weightsOf(selectOn(view, { m: 1 }))).toEqual(weightsOf(majority));
  }
});

test("as m grows it becomes the answer of best-of-n", () => {
  for (const view of views("clean", "unmeasured")) {
    const best = bestOfN.select(view, {}, stream(1));
    expect(weightsOf(selectOn(view, { m: 5000, representative: "highest-reward" }))).toEqual(weightsOf(best));
  }
});

test("m is the square root of the samples that take part, rounded down", () => {
  const diagnostics = (count: number, failed: number) =>
    select(
      Array.from({ length: count + failed }, (_, i) => i),
      Array.from({ length: count + failed }, (_, i) => (i < count ? i : Number.NaN)),
    ).diagnostics;
  expect(diagnostics(15, 0)).toMatchObject({ m: 3 });
  expect(diagnostics(16, 9)).toMatchObject({ m: 4 });
  expect(diagnostics(1, 3)).toMatchObject({ m: 1 });
});

test("the adaptive rule takes the m whose distribution moves least to the next candidate", () => {
  // N = 4: candidates 4, 3, 2, 1 (⌊0.75·4⌋, ⌊2.25⌋, ⌊1.69⌋). Two answers, the best sample alone: chance 1 − (3/4)^m.
  // Moves of that chance: 27/256, 9/64 = 36/256, 3/16 = 48/256: least from 4 to 3.
  expect(adaptiveM(standing([9, 1, 2, 3]), Int32Array.of(1, 2, 2, 2))).toBe(4);
  // The best two share an answer: 1 − (1/2)^m moves by 1/16, 1/8, 1/4.
  expect(adaptiveM(standing([9, 8, 2, 3]), Int32Array.of(1, 1, 2, 2))).toBe(4);
  // Rank 2 alone: (3/4)^m − (1/2)^m is .254, .297, .3125, .25 at m = 4, 3, 2, 1: least from 3 to 2.
  expect(adaptiveM(standing([9, 1, 8, 0]), Int32Array.of(1, 1, 2, 1))).toBe(3);
  // One answer: nothing moves, the largest m.
  expect(adaptiveM(standing([3, 2, 1, 0]), Int32Array.of(5, 5, 5, 5))).toBe(4);
  expect(adaptiveM(standing([3]), Int32Array.of(5))).toBe(1);
});

test("an unparsable response takes no part unless it votes", () => {
  const answers = [-1, 2, 3, 3];
  const rewards = [9, 5, 1, 0];
  // Without it N = 3 and m = 1: a majority of two samples. With it N = 4, m = 2: 7/16 for the unparsable one.
  expect(select(answers, rewards)).toMatchObject({ weights: Float64Array.of(0, 0, 0.5, 0.5) });
  expect(select(answers, rewards, { unparsable: "vote" })).toMatchObject({ weights: Float64Array.of(1, 0, 0, 0) });
  expect(select([-1, 2], [1, Number.NaN])).toEqual({
    kind: "abstained",
    reason: "no sample has a parsable answer and a valid reward",
  });
});

test("m is a whole number from 1 on", () => {
  const accepts = (m: unknown) => majorityOfTheBests.parameters.safeParse({ m }).success;
  expect([1, 64, "sqrt", "adaptive", 0, 1.5, "root"].map(accepts)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
