import { expect, it } from "vitest";
import { budgetText, compact, fixed, list, percent, percentInterval, points, pValue } from "../src/view.ts";

it("writes shares in per cent with one decimal and a true minus sign", () => {
  expect([percent(0.7123), percent(-0.021), percent(-0.0001), percent(1)]).toEqual(["71.2", "−2.1", "0.0", "100.0"]);
  expect(percentInterval(0.698, 0.726)).toBe("69.8–72.6");
  expect(percentInterval(-0.01, 1.002)).toBe("0.0–100.0");
  expect(fixed(-1.005, 1)).toBe("−1.0");
});

it("writes a difference as ± only where its interval is symmetric", () => {
  expect(points(0.021, 0.007, 0.035)).toBe("2.1 ± 1.4");
  expect(points(0.021, 0.009, 0.04)).toBe("2.1 (0.9 to 4.0)");
});

it("never writes a p value as zero or one", () => {
  expect([0, 0.0009, 0.0123, 0.9999, 1].map(pValue)).toEqual(["<0.001", "<0.001", "0.012", ">0.999", ">0.999"]);
});

it("shortens large numbers by thousands", () => {
  expect([0, 0.125, 7, 999, 12_345, 1_500_000, 2.5e9, -4e12, 999_600].map(compact)).toEqual([
    "0",
    "0.125",
    "7",
    "999",
    "12.3 k",
    "1.5 M",
    "2.5 G",
    "−4 T",
    "1000 k",
  ]);
});

it("names budgets and lists", () => {
  expect(budgetText(1, "samples")).toBe("1 sample");
  expect(budgetText(4096, "tokens")).toBe("4,096 tokens");
  expect(budgetText(2.5e9, "flops")).toBe("2.5 GFLOPs");
  expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(list)).toEqual(["", "a", "a and b", "a, b and c"]);
});
