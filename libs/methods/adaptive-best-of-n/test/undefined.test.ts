import { expect, test } from "vitest";
import { adaptiveBestOfN } from "../src/index.ts";

test("it says beforehand where it can only abstain: below 8 explored draws, and in other units", () => {
  const at = (amount: number, unit: "samples" | "tokens" | "flops" = "samples") =>
    adaptiveBestOfN.needs.undefinedAt!(adaptiveBestOfN.parameters.parse({}) as never, { unit, amount, scope: "batch" });
  // ⌈.75 · 10⌉ = 8, ⌈.75 · 9⌉ = 7.
  expect(at(10)).toBeUndefined();
  expect(at(9)).toMatch(/^undefined: exploring 7 of 9 draws/);
  expect(at(1e6, "flops")).toMatch(/the budget is in flops$/);
});
