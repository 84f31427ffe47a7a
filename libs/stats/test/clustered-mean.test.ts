import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { clusteredMean } from "../src/index.ts";

test("one value a cluster gives sd/√n and a t interval with n − 1 degrees of freedom", () => {
  // Mean 3, squared deviations 4 + 1 + 0 + 1 + 4 = 10, sd = √2.5, SE = √.5; t_{.975, 4} = 2.776.
  const result = clusteredMean([1, 2, 3, 4, 5], ["a", "b", "c", "d", "e"]);
  expect(result).toMatchObject({ estimate: 3, n: 5, clusters: 5, missing: 0 });
  expect(result.standardError).toBeCloseTo(Math.SQRT1_2, 12);
  expect(result.high).toBeCloseTo(3 + 2.776 * Math.SQRT1_2, 3);
});

test("clusters enter by the sum of their residuals", () => {
  // Mean 2.5; residual sums: a −1.5 − .5 = −2, b .5, c 1.5. Σ = 4 + .25 + 2.25 = 6.5; C/(C−1) = 3/2; n = 4.
  const result = clusteredMean([1, 2, 3, 4], ["a", "a", "b", "c"]);
  expect(result.clusters).toBe(3);
  expect(result.standardError).toBeCloseTo(Math.sqrt(1.5 * 6.5) / 4, 12);
});

test("copies of a problem in its cluster add no information", () => {
  const once = clusteredMean([0, 1, 1, 0.5], [1, 2, 3, 4]);
  const thrice = clusteredMean([0, 1, 1, 0.5, 0, 1, 1, 0.5, 0, 1, 1, 0.5], [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
  expect(thrice.standardError).toBeCloseTo(once.standardError, 12);
  expect(thrice.low).toBeCloseTo(once.low, 12);
});

test("intervals cover the true mean of clustered values at the stated rate, where ignoring clusters does not", () => {
  const random = stream(20, "coverage");
  const trials = 2000;
  let clustered = 0;
  let ignored = 0;
  for (let trial = 0; trial < trials; trial++) {
    const values: number[] = [];
    const clusters: number[] = [];
    for (let c = 0; c < 10; c++) {
      const shared = random.normal();
      for (let i = 0; i < 5; i++) {
        values.push(shared + random.normal());
        clusters.push(c);
      }
    }
    const right = clusteredMean(values, clusters);
    if (right.low <= 0 && right.high >= 0) clustered++;
    const wrong = clusteredMean(
      values,
      values.map((_, i) => i),
    );
    if (wrong.low <= 0 && wrong.high >= 0) ignored++;
  }
  // Four binomial standard errors around .95.
  const slack = 4 * Math.sqrt((0.95 * 0.05) / trials);
  expect(Math.abs(clustered / trials - 0.95)).toBeLessThan(slack);
  expect(ignored / trials).toBeLessThan(0.85);
});

test("NaN makes the estimate NaN unless it is left out, and is counted either way", () => {
  const clusters = ["a", "b", "c"];
  const propagated = clusteredMean([1, Number.NaN, 3], clusters);
  expect(propagated.estimate).toBeNaN();
  expect(propagated.standardError).toBeNaN();
  expect(propagated).toMatchObject({ n: 3, missing: 1 });
  const omitted = clusteredMean([1, Number.NaN, 3], clusters, { missing: "omit" });
  // Mean 2, sd √2, SE 1.
  expect(omitted).toMatchObject({ estimate: 2, n: 2, clusters: 2, missing: 1 });
  expect(omitted.standardError).toBeCloseTo(1, 12);
});

test("nothing, and one cluster, have no standard error", () => {
  expect(clusteredMean([], []).estimate).toBeNaN();
  const one = clusteredMean([0, 1], ["a", "a"]);
  expect(one.estimate).toBe(0.5);
  expect(one.standardError).toBeNaN();
  expect(one.low).toBeNaN();
});

test("an absent cluster is refused with its place and the fix", () => {
  expect(() => clusteredMean([1, 2], ["a", ""])).toThrow(/missing-cluster: Value 1 has no cluster.*cluster id/);
  expect(() => clusteredMean([1, 2], ["a"])).toThrow(/2 values and 1 clusters/);
});
