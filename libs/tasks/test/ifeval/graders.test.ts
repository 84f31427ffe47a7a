import type { Answer, Problem } from "@touchstone/core";
import { expect, test } from "vitest";
import { ifeval, ifevalLoose, ifevalShare, ifevalShareLoose, looseVariants } from "../../src/ifeval/graders.ts";
import { ifevalReference, parseInstructions } from "../../src/ifeval/instruction.ts";
import { GRADERS } from "../../src/metrics.ts";

const NONE: Answer = { kind: "unparsable" };
const problem = (ids: readonly string[], kwargs: readonly Record<string, unknown>[]): Problem => {
  return { id: "p", messages: [], cluster: "p", split: "test", reference: ifevalReference(ids, kwargs) };
};

test("the eight loose variants drop the first line, the last, both, and asterisks", () => {
  expect(looseVariants("Sure!\n*one*\ntwo\n\nBye.")).toEqual([
    "Sure!\n*one*\ntwo\n\nBye.",
    "*one*\ntwo\n\nBye.",
    "Sure!\n*one*\ntwo",
    "*one*\ntwo",
    "Sure!\none\ntwo\n\nBye.",
    "one\ntwo\n\nBye.",
    "Sure!\none\ntwo",
    "one\ntwo",
  ]);
});

const quoted = problem(["startend:quotation", "punctuation:no_comma", "detectable_format:title"], [{}, {}, {}]);
const grades = (response: string) =>
  [ifeval, ifevalLoose, ifevalShare, ifevalShareLoose].map((grader) => grader.grade(quoted, response, NONE));

test("prompt grades want all instructions, share grades count them, and loose ones allow a variant each", () => {
  expect(grades('"<<T>> all of it"')).toEqual([1, 1, 1, 1]);
  // A polite first line with a comma breaks two of three; without it all hold.
  expect(grades('Sure, here it is:\n"<<T>> all of it"')).toEqual([0, 1, 1 / 3, 1]);
  // Each instruction may choose another variant: the quotation the second line, the title the first.
  expect(grades('<<T>>\n"all of it"')).toEqual([0, 1, 2 / 3, 1]);
  expect(grades("a, b")).toEqual([0, 0, 0, 0]);
  // Without its only line nothing is left, and a blank variant follows nothing.
  expect(grades("")).toEqual([0, 0, 0, 0]);
});

test("a reference is built from a record's two fields, in which null is absent", () => {
  const { reference } = problem(
    ["keywords:existence", "punctuation:no_comma"],
    [{ keywords: ["a"], num_words: null }, { keywords: null }],
  );
  expect(JSON.parse(reference)).toEqual([
    { id: "keywords:existence", keywords: ["a"] },
    { id: "punctuation:no_comma" },
  ]);
  expect(parseInstructions(reference)).toHaveLength(2);
});

test.each([
  ["[]", "is not a JSON list of instructions with an `id` each"],
  ["no_comma", "is not a JSON list of instructions with an `id` each"],
  ['[{"id":"keywords:rhyme"}]', "has an instruction of an unknown type: keywords:rhyme"],
])("the reference %j is refused", (reference, fault) => {
  expect(GRADERS.get("ifeval")!.faultOf(reference)).toBe(fault);
});

test("an argument that is missing, of another kind or unknown is named", () => {
  const fault = (instruction: object) => GRADERS.get("ifeval")!.faultOf(JSON.stringify([instruction]));
  expect(fault({ id: "keywords:frequency", keyword: "a", relation: "at least" })).toMatch(/frequency/);
  expect(fault({ id: "length_constraints:number_words", num_words: 3, relation: "exactly" })).toMatch(/relation/);
  expect(fault({ id: "punctuation:no_comma", num_words: 3 })).toMatch(/num_words/);
});
