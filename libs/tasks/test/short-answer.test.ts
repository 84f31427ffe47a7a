import type { Problem } from "@touchstone/core";
import { expect, test } from "vitest";
import { GRADERS } from "../src/metrics.ts";
import { answerTokens, exactMatch, references, shortAnswer, tokenF1 } from "../src/short-answer.ts";

const problem = (reference: string): Problem => ({ id: "p", messages: [], cluster: "p", split: "test", reference });
const f1 = (reference: string, response: string) =>
  tokenF1.grade(problem(reference), response, shortAnswer.extract(response));
const match = (reference: string, response: string) =>
  exactMatch.grade(problem(reference), response, shortAnswer.extract(response));

test.each([
  ["The U.S.  of A", ["us", "of"]],
  ["An apple a day—the best", ["apple", "day—", "best"]],
  ["It's\t5,000\n%", ["its", "5000"]],
  ["Théâtre a", ["théâtre"]],
  ["«the»", ["«", "»"]],
  ["the a an .", []],
])("%j has the tokens %j", (text, tokens) => {
  expect(answerTokens(text)).toEqual(tokens);
});

test("F1 is 2PR / (P + R) over a multiset of tokens", () => {
  // 1 of 3 response tokens and 1 of 1 reference tokens: 2 · (1/3) · 1 / (4/3) = 1/2.
  expect(f1("Dylan", "Bob Dylan sang")).toBe(1 / 2);
  // new ×2 against new ×1, york, city: 2 shared of 3 and 3.
  expect(f1("New York City", "new new york")).toBe(2 / 3);
  expect(f1("Bob Dylan", "the Bob, Dylan!")).toBe(1);
  expect(f1("Bob Dylan", "George Harrison")).toBe(0);
  expect(f1("Bob Dylan", "")).toBe(0);
  // SQuAD 2 gives 1 for two empty answers; LongBench shares no token, hence 0.
  expect(f1("Bob", "the")).toBe(0);
});

test("of several accepted answers the best counts", () => {
  const reference = JSON.stringify(["University of Toronto", "UT"]);
  expect(references(reference)).toEqual(["University of Toronto", "UT"]);
  expect(f1(reference, "UT")).toBe(1);
  // university, toronto of 2 and 3 tokens.
  expect(f1(reference, "Toronto university")).toBe(4 / 5);
  expect(match(reference, "The University of Toronto.")).toBe(1);
  expect(match(reference, "Toronto")).toBe(0);
  expect(match(reference, "Toronto of University")).toBe(0);
});

test("a reference in brackets that is no list of texts is one answer", () => {
  expect(references("[1, 2]")).toEqual(["[1, 2]"]);
  expect(references("[sic]")).toEqual(["[sic]"]);
  expect(match("[1, 2]", "1 2")).toBe(1);
});

test("a reference without a token is refused, since nothing could match it", () => {
  const fault = GRADERS.get("token-f1")!.faultOf;
  expect(fault("42")).toBeUndefined();
  expect(fault(JSON.stringify(["yes", "the"]))).toBe('has nothing but articles and punctuation: "the"');
});

test("short answers agree where their tokens do", () => {
  expect(shortAnswer.extract("The Hunter River.")).toEqual(shortAnswer.extract("hunter river"));
  expect(shortAnswer.extract("...")).toEqual({ kind: "unparsable" });
});
