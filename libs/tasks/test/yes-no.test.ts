import type { Answer, Problem } from "@touchstone/core";
import { expect, test } from "vitest";
import { GRADERS } from "../src/metrics.ts";
import { yesNo, yesNoRight } from "../src/yes-no.ts";

const keyOf = (answer: Answer) => (answer.kind === "answer" ? answer.key : "unparsable");

test.each([
  ["The answer is yes.", "yes"],
  ["So the answer is: **No**", "no"],
  ["Answer: False", "no"],
  [String.raw`\boxed{\text{Yes}}`, "yes"],
  ["Yes. The first one is taller. So the answer is no.", "no"],
  ["The answer is yes. No, the answer is no.", "no"],
  ["Yes, because there is no doubt.", "yes"],
  ["No: it is too old", "no"],
  ["True", "yes"],
  ["There is no evidence of it.\n\nYes", "yes"],
  ["The tower is 300 m high.\n**No.**", "no"],
  ["I would say yes", "yes"],
  ["I would say no.", "no"],
])("%j reads as %s", (response, key) => {
  expect(keyOf(yesNo.extract(response))).toBe(key);
});

test.each([
  [""],
  ["There is no evidence of it."],
  ["Nobody knows; yesterday they did not."],
  ["The answer is no one."],
])("%j says neither", (response) => {
  expect(keyOf(yesNo.extract(response))).toBe("unparsable");
});

test("a reference is yes, no, true or false, and is graded as such", () => {
  const grade = (reference: string, response: string) =>
    yesNoRight.grade(
      { id: "p", messages: [], cluster: "p", split: "test", reference } satisfies Problem,
      response,
      yesNo.extract(response),
    );
  expect(grade("true", "Yes.")).toBe(1);
  expect(grade("No", "The answer is false.")).toBe(1);
  expect(grade("no", "Yes.")).toBe(0);
  expect(grade("no", "perhaps")).toBe(0);
  expect(GRADERS.get("yes-no")!.faultOf("maybe")).toBe("is neither yes nor no");
});
