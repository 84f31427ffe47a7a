import { expect, test } from "vitest";
import { chosenProblems } from "../src/index.ts";
import { inBatches } from "../src/problems.ts";
import { toyDataset, toyProblems } from "./toy-world.ts";

const ids = (problems: readonly { readonly id: string }[]) => problems.map(({ id }) => id);

test("a smaller limit is a subset of a larger one, in published order, spread over the split", () => {
  const dataset = toyDataset(400);
  const hundred = ids(chosenProblems(dataset, "test", 100));
  const twenty = ids(chosenProblems(dataset, "test", 20));
  expect(hundred).toHaveLength(100);
  expect(twenty.filter((id) => hundred.includes(id))).toEqual(twenty);
  const positions = hundred.map((id) => Number(id.slice(1)));
  expect(positions).toEqual(positions.toSorted((a, b) => a - b));
  // Of 100 random ones of 400, the first quarter holds 25 ± 3.8: within five standard deviations.
  expect(Math.abs(positions.filter((position) => position < 100).length - 25)).toBeLessThan(19);
});

test("without a limit, or with one beyond the split, all problems are taken", () => {
  const dataset = toyDataset(5);
  expect(ids(chosenProblems(dataset, "test"))).toEqual(["p0", "p1", "p2", "p3", "p4"]);
  expect(ids(chosenProblems(dataset, "test", 9))).toHaveLength(5);
});

test("batches take each problem at most once", () => {
  const { problems, batches } = inBatches(toyProblems(10), { batch: { size: 3 } });
  expect(batches).toEqual({ size: 3, count: 3 });
  expect(new Set(ids(problems)).size).toBe(9);
});

test("batches that the problems cannot fill are refused", () => {
  expect(() => inBatches(toyProblems(10), { batch: { size: 4, count: 3 } })).toThrow(
    "10 problems do not fill 3 batches of 4",
  );
  expect(() => inBatches(toyProblems(2), { batch: { size: 3 } })).toThrow("do not fill 1 batches of 3");
});
