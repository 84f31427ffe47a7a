import { expect, test } from "vitest";
import { massOnClasses, modes } from "../src/index.ts";

const all = () => true;

test("the modes are the classes of the highest total, ties included", () => {
  expect(modes([7, 3, 3, 9, 7], all)).toEqual({ classes: new Set([7, 3]), share: 0.4 });
  const weights = [5, 1, 1, 2, 0];
  expect(modes([7, 3, 3, 9, 7], all, (i) => weights[i]!)).toEqual({ classes: new Set([7]), share: 5 / 9 });
});

test("a tie does not hang on the order of addition", () => {
  // .1 + .2 + .3 and .3 + .2 + .1 differ in the last bit, as do .1 + .2 and .3.
  const weights = [0.1, 0.2, 0.3, 0.3, 0.2, 0.1];
  expect(modes([1, 1, 1, 2, 2, 2], all, (i) => weights[i]!).classes).toEqual(new Set([1, 2]));
});

test("what is not counted is no class, and zero weights are a tie", () => {
  expect(modes([1, 2, 2], (i) => i === 0).classes).toEqual(new Set([1]));
  expect(modes([1, 2], all, () => 0).classes).toEqual(new Set([1, 2]));
  expect(modes([1, 2], () => false).classes.size).toBe(0);
  expect(() => modes([1], all, () => -1)).toThrow(/received -1 for sample 0/);
  expect(() => modes([1], all, () => Number.NaN)).toThrow(RangeError);
});

test("mass is shared by classes, then by their best samples", () => {
  const labels = [4, 4, 4, 8, 8, 6];
  const winners = new Set([4, 8]);
  expect(massOnClasses(labels, all, winners)).toEqual(Float64Array.of(1 / 6, 1 / 6, 1 / 6, 1 / 4, 1 / 4, 0));
  const score = [1, 2, 2, Number.NaN, -5, 9];
  expect(massOnClasses(labels, all, winners, score)).toEqual(Float64Array.of(0, 1 / 4, 1 / 4, 0, 1 / 2, 0));
  expect(massOnClasses(labels, (i) => i !== 4, winners, score)).toEqual(Float64Array.of(0, 0.25, 0.25, 0.5, 0, 0));
});
