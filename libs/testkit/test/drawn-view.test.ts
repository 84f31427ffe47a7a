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
