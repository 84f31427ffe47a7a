import type { Answer, Problem } from "@touchstone/core";
import { expect, test } from "vitest";
import { GRADERS } from "../src/metrics.ts";
import { letterChosen, optionChosen, optionLetter } from "../src/option-letter.ts";

const keyOf = (answer: Answer) => (answer.kind === "answer" ? answer.key : "unparsable");
const read = (response: string) => keyOf(letterChosen.extract(response));
const problem = (reference: string): Problem => ({ id: "p", messages: [], cluster: "p", split: "test", reference });

test.each([
  ["The answer is (B)", "B"],
  ["The answer is B.", "B"],
  ["the answer is (b).", "B"],
  ["The correct answer is: **B**", "B"],
  ["**Answer:** B", "B"],
  ["Answer: B because A cannot be.", "B"],
  ["Answer: A because it is large.", "A"],
  ["Answer: (A) a dog", "A"],
  ["ANSWER: C", "C"],
  ["The correct option is C, not D.", "C"],
  ["So the answer is option D.", "D"],
  ["The best choice is **(E)**", "E"],
  [String.raw`Hence $\boxed{B}$.`, "B"],
  [String.raw`Hence \boxed{\text{(C)}}.`, "C"],
  ["The answer is $M$.", "M"],
  ["The answer to the question above is therefore (D).", "D"],
  ["The best answer is most likely C.", "C"],
  ["**Answer**: option B", "B"],
  ["Answer - E", "E"],
  ["The correct answer is answer choice B.", "B"],
  ["The answer is\n\nB", "B"],
  ['The answer is "B".', "B"],
])("the statement %j says %s", (response, letter) => {
  expect(read(response)).toBe(letter);
});

test.each([
  ["The answer is (A). Wait, no: the answer is (C).", "C"],
  ["Option A is wrong. Option B is right. The answer is B.", "B"],
  ["A. too small\nB. too large\nC. right\n\nThe answer is C.", "C"],
])("of several statements the last counts: %j", (response, letter) => {
  expect(read(response)).toBe(letter);
});

test.each([
  ["B", "B"],
  ["B.", "B"],
  ["(B)", "B"],
  ["**B**", "B"],
  ["B) The mitochondria, which need vitamin C", "B"],
  ["B. It is the second. Vitamin C is not.", "B"],
  ["Let me think.\nIt must be warm.\n\n**D**", "D"],
  ["A. no\nB. no\nC. yes", "C"],
  ["I would pick B", "B"],
  ["Option B is right. Option A was not.\n\n(B)", "B"],
  ["The answer cannot be A. The rest points to D", "D"],
  ["It is neither A nor B, so C", "C"],
])("without a statement, %j chooses %s", (response, letter) => {
  expect(read(response)).toBe(letter);
});

test.each([
  [""],
  ["I think that a dog is an animal."],
  ["A dog is an animal."],
  ["The answer is a dog."],
  ["The answer is 2."],
  ["the answer depends on U.S. law"],
  ["none of them"],
  ["The answer is DNA"],
])("%j chooses nothing", (response) => {
  expect(read(response)).toBe("unparsable");
});

test("options count from A, and a letter beyond Z does not exist", () => {
  expect([0, 4, 25].map(optionLetter)).toEqual(["A", "E", "Z"]);
  expect(() => optionLetter(26)).toThrow("no letter for option 26");
});

test("a reference is one letter or several that are accepted, ARC's numbers included, and nothing else", () => {
  const grade = (reference: string, response: string) =>
    optionChosen.grade(problem(reference), response, letterChosen.extract(response));
  expect(grade("B", "The answer is (b)")).toBe(1);
  expect(grade("B", "The answer is (C)")).toBe(0);
  expect(grade("B", "no idea")).toBe(0);
  expect(grade("2", "B")).toBe(1);
  expect(grade("A,C", "C")).toBe(1);
  expect(grade("A,C", "B")).toBe(0);
  const fault = GRADERS.get("option-letter")!.faultOf;
  expect(["B", "4", "A, C", "", "AB", "0", "yes"].map((reference) => fault(reference) === undefined)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test("long runs of brackets, letters or statements are read within the time of a test", () => {
  for (const part of ["(", "A ", "answer is ", "**", String.raw`\boxed{`, "A.\n", "answer: (A ", "\n"])
    expect(letterChosen.extract(part.repeat(100_000)).kind).toMatch(/answer|unparsable/);
});
