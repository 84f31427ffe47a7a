import { expect, test } from "vitest";
import { scaleOf } from "../src/reward-scale.ts";
import { SubsetView } from "../src/views.ts";
import { toyPool } from "./toy-pool.ts";

const POOL = toyPool({
  answers: ["1", null, "2", "1", null],
  tokens: [1, 2, 3, 4, 5],
  rewards: { r: [0, 1, 2, 3, 4], s: [0, 0, 0, 0, 0] },
});
const TEXTS = { ...POOL, text: ["a b", "a c", "b c", "b a", ""] };

function shown(order: readonly number[], reads?: Parameters<SubsetView["view"]>[1], visible = ["r"]) {
  const subset = new SubsetView(order.length, POOL.rewards.keys());
  subset.show(POOL, Uint32Array.from(order));
  return subset.view(visible, reads);
}

test("statistics of tokens are those of the shown sample, for a method that declares them", () => {
  const view = shown([3, 0], { tokenStatistics: true, afterLast: false });
  expect(view.statistics(0).logProbability).toHaveLength(4);
  expect(view.statistics(1).logProbability).toHaveLength(1);
  expect(() => shown([3, 0]).statistics(0)).toThrow("needs.tokenStatistics");
});

test("what follows the last token is there for a method that declares it, and else is not", () => {
  const selfCertainty = Float64Array.of(10, 11, 12, 13, 14);
  const pool = { ...POOL, afterLast: { selfCertainty, tokens: new Int32Array(5), seconds: new Float64Array(5) } };
  const subset = new SubsetView(2, []);
  subset.show(pool, Uint32Array.of(4, 1));
  expect(subset.view([], { tokenStatistics: false, afterLast: true }).afterLast).toEqual(Float64Array.of(14, 11));
  expect(subset.view([]).afterLast).toBeUndefined();
});

test("equal answers are alike, and unparsable ones equal nothing but themselves", () => {
  const alike = shown([1, 4, 0, 3, 2]).similarity("equality");
  expect([alike(2, 3), alike(3, 2), alike(2, 4), alike(0, 1), alike(0, 0)]).toEqual([1, 1, 0, 0, 1]);
});

test("similarity by words follows the subset's order", () => {
  const subset = new SubsetView(3, []);
  const similarities = toyPool({ answers: ["1", "1", "2"], problem: "q" }).similarities;
  subset.show({ ...TEXTS, similarities }, Uint32Array.of(2, 0, 1));
  // Responses of the toy pool read "0: 1", "1: 1" and "2: 2": two words each, of which none, or one, is shared.
  const alike = subset.view([]).similarity("rouge-1");
  expect([alike(0, 1), alike(1, 2), alike(2, 1), alike(0, 0)]).toEqual([0, 0.5, 0.5, 1]);
  similarities.clear();
  expect(alike(1, 2)).toBe(0.5);
});

test("the scale of a reward model is the median within-problem deviation, whatever most problems say", () => {
  expect(scaleOf([3, 1, 2])).toBe(2);
  expect(scaleOf([Number.NaN, 1, 3])).toBe(2);
  // A reward model that tells nothing apart in most problems.
  expect(scaleOf([0, 0, 0, 5])).toBe(5);
  expect(scaleOf([0, 0])).toBe(1);
  expect(scaleOf([])).toBe(1);
});

test("a method reads the scale of the reward models that it may read", () => {
  expect(shown([0, 1]).rewardScale()).toBe(1);
  expect(() => shown([0, 1]).rewardScale("s")).toThrow("may read rewards of: r");
  expect(() => shown([0, 1], undefined, ["r", "s"]).rewardScale()).toThrow("the only one");
});
