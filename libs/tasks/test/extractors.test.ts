import type { Answer, Problem } from "@touchstone/core";
import { expect, test } from "vitest";
import { boxed } from "../src/boxed.ts";
import { exactNumber } from "../src/exact-number.ts";
import { gameOf24, lastCalculation } from "../src/game-of-24.ts";
import { lastNumber } from "../src/last-number.ts";
import { mathEquivalent } from "../src/math-equivalent.ts";
import { GRADERS } from "../src/metrics.ts";
import { noAnswer, recorded } from "../src/recorded.ts";

const keyOf = (answer: Answer) => (answer.kind === "answer" ? answer.key : "unparsable");
const problem = (reference: string): Problem => ({ id: "p", messages: [], cluster: "p", split: "test", reference });

test.each([
  [String.raw`so $\boxed{1}$, no: \boxed{\frac{1}{2}}.`, "0.5"],
  [String.raw`\boxed{\{1, \text{2}\}}`, "1; 2"],
  [String.raw`\boxed 5`, "5"],
  [String.raw`\fbox{7}`, "7"],
  [String.raw`\boxed{3`, "unparsable"],
  [String.raw`first \boxed{3}, then \boxed{`, "unparsable"],
  [String.raw`\boxed{}`, "unparsable"],
  ["the answer is 3", "unparsable"],
])("boxed reads %s as %s", (response, key) => {
  expect(keyOf(boxed.extract(response))).toBe(key);
});

test.each([
  ["It is 5, then 1,200.50 dollars.", "1200.5"],
  [String.raw`\[ \boxed{-28.00} \]`, "-28"],
  ["about $18,000", "18000"],
  ["a share of .25.", "0.25"],
  ["version v2 has none", "unparsable"],
  ["none at all", "unparsable"],
])("the last number of %s is %s", (response, key) => {
  expect(keyOf(lastNumber.extract(response))).toBe(key);
});

test("mathematics is graded by equivalence, and nothing is equal to an answer that is not there", () => {
  const grade = (reference: string, response: string) =>
    mathEquivalent.grade(problem(reference), response, boxed.extract(response));
  expect(grade(String.raw`\frac{1}{2}`, String.raw`\boxed{0.50}`)).toBe(1);
  expect(grade(String.raw`\frac{1}{2}`, String.raw`\boxed{0.51}`)).toBe(0);
  expect(grade(String.raw`\frac{1}{2}`, "0.5")).toBe(0);
});

test.each([
  ["Steps:\n10 - 4 = 6 (left: 5 6 6)\nAnswer: (5 * (10 - 4)) - 6 = 24", 1],
  ["6 × (10 − 4) − 5 ÷ 5", 0],
  ["Answer: (10 - 4) * 5 - 6", 1],
  ["Answer: 4 * 6 = 24", 0],
  ["Answer: (10 - 4) * 5 - 6 + 4 - 4 = 24", 0],
  ["Answer: 10 + 4 + 5 + 6 = 24", 0],
  ["Answer: 24", 0],
  ["Answer: no solution", 0],
])("the Game of 24 with 4 5 6 10 grades %s with %i", (response, expected) => {
  expect(gameOf24.grade(problem("4 5 6 10"), response, lastCalculation.extract(response))).toBe(expected);
});

test("the Game of 24 is exact where floating point is not: 8 / (3 - 8 / 3) is 24", () => {
  const response = "8 / (3 - 8 / 3)";
  expect(8 / (3 - 8 / 3)).not.toBe(24);
  expect(gameOf24.grade(problem("3 3 8 8"), response, lastCalculation.extract(response))).toBe(1);
});

test("calculations that differ by the order of summands and factors are one answer, a division by 0 is none", () => {
  const key = (text: string) => keyOf(lastCalculation.extract(text));
  expect(key("(6 - 4) * (5 + 7)")).toBe(key("(7+5)*(6-4)"));
  expect(key("6 - 4")).not.toBe(key("4 - 6"));
  expect(key("6 / (4 - 4)")).toBe("unparsable");
  expect(key("2 3 + 1")).toBe("unparsable");
});

test("recorded correctness cannot be made anew, and says where it comes from", () => {
  expect(() => recorded.grade(problem(""), "", noAnswer.extract("anything"))).toThrow(
    "grade-not-recorded: This dataset knows the correctness of its imported samples only, and the pool lacks that of one. " +
      "Received: p. Import the file again into this pool, or map a reference and name a grader that can judge responses.",
  );
});

test("a worked solution is a reference too: GSM8K's number after the marks, commas or not, and MATH's box", () => {
  const numbers = ["72", "1,200", "48/2 = 24\n#### 72", "#### 1,200", "####-3.0"];
  for (const [i, right] of ["72", "1200", "72", "1200", "-3"].entries()) {
    expect(GRADERS.get("exact-number")!.faultOf(numbers[i]!)).toBeUndefined();
    expect(exactNumber.grade(problem(numbers[i]!), "", { kind: "answer", key: right })).toBe(1);
    expect(exactNumber.grade(problem(numbers[i]!), "", { kind: "answer", key: "4" })).toBe(0);
  }
  expect(GRADERS.get("exact-number")!.faultOf("#### none")).toBe("is not a number");
  const solution = String.raw`Half of it is $\boxed{\frac{1}{2}}$.`;
  expect(mathEquivalent.grade(problem(solution), "", boxed.extract(String.raw`\boxed{0.5}`))).toBe(1);
});

test("a reference that its grader cannot use is named before anything is graded", () => {
  const fault = (grader: string, reference: string) => GRADERS.get(grader)!.faultOf(reference);
  expect(fault("game-of-24", "4 5 6")).toBe("is not four whole numbers");
  expect(fault("math-equivalent", " ")).toBe("is empty");
  expect(fault("exact-number", "0")).toBeUndefined();
  expect(fault("recorded", "")).toBeUndefined();
});
