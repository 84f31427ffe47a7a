import { stream, type Selection } from "@touchstone/core";
import { majorityVote } from "@touchstone/method-majority-vote";
import { drawnView, randomView, VIEW_KINDS, type DrawnArrays } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { selfCertainty } from "../src/index.ts";

const select = (arrays: DrawnArrays, given: object = {}) =>
  selfCertainty.select(drawnView(arrays), selfCertainty.parameters.parse(given), stream(1));

const winners = (arrays: DrawnArrays, given: object = {}) => {
  const selection = select(arrays, given);
  if (selection.kind === "abstained") return "abstained";
  return Array.from(selection.weights.keys()).filter((i) => selection.weights[i]! > 0);
};

const weightsOf = (selection: Selection) => (selection.kind === "selected" ? selection.weights : "abstained");

function* views(kinds = VIEW_KINDS) {
  for (const kind of kinds) {
    for (let index = 0; index < 40; index++) {
      yield randomView({ seed: 5, index, kind, rewardModels: 1, largest: 9, rewardRange: [0, 1] });
    }
  }
}

test("the maximum is the surest response that has an answer", () => {
  expect(winners({ answers: [1, -1, 2, 3], selfCertainty: [2, 9, 4, 3] })).toEqual([2]);
  expect(winners({ answers: [1, 2, 3], selfCertainty: [4, 1, 4] })).toEqual([0, 2]);
  expect(winners({ answers: [1, 2], selfCertainty: [Number.NaN, 1] })).toEqual([1]);
  expect(winners({ answers: [-1, 2], selfCertainty: [1, Number.NaN] })).toBe("abstained");
});

test("Borda ranks every response, also those without an answer, which then cast no vote", () => {
  // Ranks: 5 (unparsable) 1st, 4 2nd, 3 3rd, 2 4th, 1 5th. With p = 1 answer 7 has 4, answer 8 has 3 + 2 = 5 votes, 9 has 1.
  const arrays = { answers: [-1, 7, 8, 8, 9], selfCertainty: [5, 4, 3, 2, 1] };
  const borda = (p: number) => select(arrays, { use: "borda", p });
  expect(borda(1)).toMatchObject({
    weights: Float64Array.of(0, 0, 0.5, 0.5, 0),
    diagnostics: { winning_share: expect.closeTo(5 / 10, 12), tied_answers: 1 },
  });
  // 4^p against 3^p + 2^p: at p = 2, 16 against 13.
  expect(borda(2)).toMatchObject({ weights: Float64Array.of(0, 1, 0, 0, 0) });
});

test("tied responses share the votes of the ranks they hold", () => {
  // Ranks 1 and 2 have 3 and 2 votes at p = 1: 2.5 each, so the answers tie; the third has 1.
  expect(select({ answers: [1, 2, 3], selfCertainty: [6, 6, 0] }, { use: "borda", p: 1 })).toMatchObject({
    weights: Float64Array.of(0.5, 0.5, 0),
    diagnostics: { winning_share: expect.closeTo(2.5 / 6, 12), tied_answers: 2 },
  });
});

test("without ties Borda is the vote of a plain sort", () => {
  for (const view of views(["clean"])) {
    for (const p of [0.3, 1.2, 2]) {
      const order = Array.from(view.selfCertainty.keys()).toSorted(
        (i, j) => view.selfCertainty[j]! - view.selfCertainty[i]!,
      );
      const votes = new Map<number, number>();
      for (const [place, i] of order.entries()) {
        votes.set(view.answers[i]!, (votes.get(view.answers[i]!) ?? 0) + (view.size - place) ** p);
      }
      const best = Math.max(...votes.values());
      const selection = selfCertainty.select(view, selfCertainty.parameters.parse({ use: "borda", p }), stream(1));
      if (selection.kind === "abstained") throw new Error("every answer is parsable");
      for (const [i, weight] of selection.weights.entries()) {
        expect(weight > 0).toBe(best - votes.get(view.answers[i]!)! < 1e-9 * best);
      }
    }
  }
});

test("at p = 0 Borda is majority vote", () => {
  for (const view of views(["clean", "mixed", "ties", "equal", "unparsable"])) {
    const majority = majorityVote.select(view, majorityVote.parameters.parse({}), stream(1));
    const borda = selfCertainty.select(view, selfCertainty.parameters.parse({ use: "borda", p: 0 }), stream(1));
    expect(weightsOf(borda)).toEqual(weightsOf(majority));
  }
});

test("as p grows Borda becomes the maximum, also where the surest have no answer", () => {
  const large = { use: "borda", p: 5000, representative: "surest" };
  for (const view of views(["clean", "mixed"])) {
    const maximum = selfCertainty.select(view, selfCertainty.parameters.parse({}), stream(1));
    const borda = selfCertainty.select(view, selfCertainty.parameters.parse(large), stream(1));
    expect(weightsOf(borda)).toEqual(weightsOf(maximum));
  }
});

test("the rule of thumb for p is 0.3 below 32 samples and 1.2 from there on", () => {
  // The surest response stands alone against a few of the least sure: 32^p against the sum of the 8 smallest votes.
  const outcome = (size: number, few: number) => {
    const answers = Array.from({ length: size }, (_, i) => (i === 0 ? 0 : i >= size - few ? 1 : 2 + i));
    return winners({ answers, selfCertainty: answers.map((_, i) => -i) }, { use: "borda" });
  };
  // 32 samples, three least sure: 1 + 2^1.2 + 3^1.2 = 7.0 < 32^1.2 = 64. With p = .3 it would be 3.6 > 2.83.
  expect(outcome(32, 3)).toEqual([0]);
  // 31 samples: 31^.3 = 2.80 < 3.62.
  expect(outcome(31, 3)).toEqual([28, 29, 30]);
});

test("each measure orders responses by its own formula", () => {
  const arrays = {
    answers: [1, 2],
    tokens: [2, 4],
    // Mean log-probability −1 and −.75.
    logProbability: [-2, -3],
    entropy: [0.9, 0.8],
    selfCertainty: [3, 2],
    gini: [0.6, 0.5],
    statistics: [
      // mean exp(H): (1 + e^1.8)/2 = 3.52, top confidence 2.
      { entropy: [0, 1.8], topConfidence: [1, 3] },
      // e^.8 = 2.23 each, top confidence 1.
      { entropy: [0.8, 0.8, 0.8, 0.8], topConfidence: [1, 1, 1, 1] },
    ],
  };
  const winner = (measure: string) => winners(arrays, { measure });
  expect(winner("self-certainty")).toEqual([0]);
  expect(winner("average-log-probability")).toEqual([1]);
  expect(winner("perplexity")).toEqual([1]);
  expect(winner("entropy")).toEqual([1]);
  expect(winner("gini")).toEqual([0]);
  expect(winner("distributional-perplexity")).toEqual([1]);
  expect(winner("top-confidence")).toEqual([0]);
});

test("distributional perplexity is the mean of exponentials, not the exponential of the mean", () => {
  // Means of the entropy .9 and .95; of exp(H): (1 + e^1.8)/2 = 3.52 and e^.95 = 2.59.
  const arrays = {
    answers: [1, 2],
    entropy: [0.9, 0.95],
    statistics: [{ entropy: [0, 1.8] }, { entropy: [0.95, 0.95] }],
  };
  expect(winners(arrays, { measure: "entropy" })).toEqual([0]);
  expect(winners(arrays, { measure: "distributional-perplexity" })).toEqual([1]);
});

test("the reference mode drops the first token's distribution and counts the one after the last", () => {
  const arrays = {
    answers: [1, 2],
    tokens: [3, 2],
    selfCertainty: [4, 3.5],
    statistics: [{ selfCertainty: [6, 3, 3] }, { selfCertainty: [2, 5] }],
    afterLast: [0, 1],
  };
  // Exact: 4 against 3.5. Reference: (3 + 3 + 0)/3 = 2 against (5 + 1)/2 = 3.
  expect(winners(arrays)).toEqual([0]);
  expect(winners(arrays, { mode: "reference" })).toEqual([1]);
  expect(() => winners({ ...arrays, afterLast: undefined as never }, { mode: "reference" })).toThrow(
    /mode: reference reads the distribution after the last token/,
  );
});

test("only what needs them asks for tokens and for one more forward pass", () => {
  const { tokenStatistics, afterLast } = selfCertainty.needs;
  if (typeof tokenStatistics !== "function") throw new Error("it depends on the parameters");
  const asks = (given: object) => {
    const parameters = selfCertainty.parameters.parse(given) as never;
    return [tokenStatistics(parameters), afterLast!(parameters)];
  };
  expect(asks({})).toEqual([false, false]);
  expect(asks({ measure: "top-confidence" })).toEqual([true, false]);
  expect(asks({ mode: "reference" })).toEqual([true, true]);
});

test("parameters that would have no effect are refused", () => {
  const message = (given: object) => selfCertainty.parameters.safeParse(given).error?.message;
  expect(message({ p: 1 })).toMatch(/p is the exponent of use: borda/);
  expect(message({ representative: "surest" })).toMatch(/answer of use: borda/);
  expect(message({ mode: "reference", measure: "entropy" })).toMatch(/measure: self-certainty and of no other/);
  expect(message({ use: "borda", p: -1 })).toMatch(/p/);
  expect(message({ use: "borda", p: 1.2, measure: "entropy" })).toBeUndefined();
});
