import { expect, it } from "vitest";
import { fitLogistic } from "../src/arith/logistic-fit.ts";

it("finds scale and bias where the shares of labels are exactly logistic", () => {
  // At x = 0 one of two is right (log-odds 0), at x = 2 three of four (log-odds log 3): a = log 3 / 2, b = 0.
  const { scale, bias } = fitLogistic([0, 0, 0, 0, 2, 2, 2, 2], [0, 1, 0, 1, 0, 1, 1, 1]);
  expect(scale).toBeCloseTo(Math.log(3) / 2, 4);
  expect(bias).toBeCloseTo(0, 4);
});

it("does not depend on where the values lie", () => {
  const labels = [0, 1, 0, 1, 0, 1, 1, 1];
  const { scale, bias } = fitLogistic([-50, -50, -50, -50, -30, -30, -30, -30], labels);
  expect(scale).toBeCloseTo(Math.log(3) / 20, 5);
  expect(scale * -50 + bias).toBeCloseTo(0, 4);
});

it("refuses what has no fit", () => {
  expect(() => fitLogistic([1, 2], [1, 1])).toThrow("both labels");
  expect(() => fitLogistic([1, 1], [0, 1])).toThrow("two values");
});
