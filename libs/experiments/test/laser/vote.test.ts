import { expect, test } from "vitest";
import { majority } from "../../src/laser/vote.ts";

const ballots = (text: string) =>
  [...text].map((answer) => ({ answer: answer === "-" ? "" : answer, gold: answer === "r" ? 1 : 0 }));

test.each([
  ["rrw", 1],
  ["rww", 0],
  ["rw", 0.5],
  ["rwv", 1 / 3],
  ["---r", 1],
  ["---", 0],
  ["", 0],
])("a vote on %s comes to %d: ties share, unparsable answers have no vote", (answers, accuracy) => {
  expect(majority(ballots(answers))).toBeCloseTo(accuracy, 12);
});
