import { expect, test } from "vitest";
import { drawnView, subsets, subview } from "../src/index.ts";

test("a view has what it was given, and says so when it has not", () => {
  const view = drawnView({ answers: [2, -1], rewards: { a: [1, Number.NaN], b: [0, 0] } });
  expect(view).toMatchObject({ size: 2, rewardModels: ["a", "b"], answers: Int32Array.of(2, -1) });
  expect(view.rewards("a")).toEqual(Float64Array.of(1, Number.NaN));
  expect(view.truncated).toEqual(Uint8Array.of(0, 0));
  expect(() => view.entropy).toThrow(/built without entropy/);
  expect(() => view.rewards()).toThrow(/rewards of \[a, b\], asked for the only one/);
  expect(() => view.text(0)).toThrow(/without a text of sample 0/);
});

test("arrays of different lengths are refused", () => {
  expect(() => drawnView({ answers: [1, 2], rewards: [1] })).toThrow(/lengths 2, 1/);
  expect(() => drawnView({})).toThrow(/at least one array/);
});

test("a subview picks samples in the given order", () => {
  const view = subview(drawnView({ answers: [5, 6, 7], rewards: [1, 2, 3], text: ["x", "y", "z"] }), [2, 0]);
  expect(view.size).toBe(2);
  expect(view.answers).toEqual(Int32Array.of(7, 5));
  expect(view.rewards()).toEqual(Float64Array.of(3, 1));
  expect(view.text(0)).toBe("z");
});

test("subsets are all there, once", () => {
  expect([...subsets(4, 2)]).toEqual([
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 2],
    [1, 3],
    [2, 3],
  ]);
  expect([...subsets(3, 0)]).toEqual([[]]);
  expect([...subsets(3, 4)]).toEqual([]);
});

test("statistics, the distribution after the last token and similarities follow their samples into a subview", () => {
  const view = drawnView({
    answers: [4, 4, -1, -1],
    gini: [0.1, 0.2, 0.3, 0.4],
    afterLast: [1, 2, 3, 4],
    statistics: [{ entropy: [0.5] }, { entropy: [1, 2] }, { entropy: [] }, { entropy: [3], gini: [0.25] }],
    text: ["a b", "a c", "", "c"],
    rewards: [1, 2, 3, 4],
    rewardScale: 2.5,
  });
  const picked = subview(view, [3, 1, 0]);
  expect(picked.gini).toEqual(Float64Array.of(0.4, 0.2, 0.1));
  expect(picked.afterLast).toEqual(Float64Array.of(4, 2, 1));
  expect(picked.statistics(0)).toMatchObject({ entropy: Float32Array.of(3), gini: Float32Array.of(0.25) });
  expect(picked.statistics(1).topConfidence).toEqual(Float32Array.of(Number.NaN, Number.NaN));
  expect(picked.rewardScale()).toBe(2.5);
  // {c} and {a, c}: 2·1/3; {a, c} and {a, b}: 2·1/4.
  const rouge = picked.similarity("rouge-1");
  expect([rouge(0, 1), rouge(1, 0), rouge(1, 2), rouge(0, 2)]).toEqual([2 / 3, 2 / 3, 1 / 2, 0]);
  const equality = view.similarity("equality");
  expect([equality(0, 1), equality(1, 2), equality(2, 3), equality(2, 2)]).toEqual([1, 0, 0, 1]);
});

test("statistics that were not given are not made up", () => {
  const view = drawnView({ answers: [1] });
  expect(view.afterLast).toBeUndefined();
  expect(() => view.gini).toThrow(/built without gini/);
  expect(() => view.statistics(0)).toThrow(/without statistics of sample 0/);
  expect(() => view.rewardScale()).toThrow(/asked for the only one/);
  const uneven = drawnView({ answers: [1], statistics: [{ entropy: [1], gini: [1, 1] }] });
  expect(() => uneven.statistics(0)).toThrow(/one length, received lengths 1, 2/);
});
