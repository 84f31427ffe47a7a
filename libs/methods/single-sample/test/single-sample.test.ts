import { drawnView } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { singleSample } from "../src/index.ts";

test("costs one sample of the suite's own decoding", () => {
  expect(singleSample.needs).toEqual({ rewards: "none", answers: false, atMost: 1 });
});

test("its expectation is the mean over the pool", () => {
  const grades = [1, 0, 0, 1, 1];
  const weights = singleSample.expectation!(drawnView({ tokens: [3, 9, 1, 4, 4] }), 1, {});
  expect(weights.reduce((sum, weight, i) => sum + weight * grades[i]!, 0)).toBeCloseTo(0.6, 12);
});
