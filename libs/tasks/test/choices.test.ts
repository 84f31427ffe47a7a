import { expect, test } from "vitest";
import { choiceGrades, choiceLikelihood, faultOfChoices, parseChoices } from "../src/choices.ts";

const grades = (
  correct: readonly number[],
  likelihoods: readonly number[],
  choices = ["a", "bb", "cccc"],
  tokens = [1, 2, 4],
) =>
  choiceGrades({ choices: [...choices], correct: [...correct] }, { logLikelihoods: likelihoods.map(Math.log), tokens });

test("the most likely choice by sum, by token and by character", () => {
  // log .5, log .4, log .3: a is likeliest; a token costs log .5, ½ log .4, ¼ log .3, so that c is.
  expect(grades([0], [0.5, 0.4, 0.3])).toMatchObject({ sum: 1, perToken: 0, perCharacter: 0 });
  expect(grades([2], [0.5, 0.4, 0.3])).toMatchObject({ sum: 0, perToken: 1, perCharacter: 1 });
  // Tokens and characters differ: ½ log .4 > log .5 where b has two tokens, and not where it has one.
  expect(grades([1], [0.5, 0.4, 0.01], ["a", "b", "c"], [1, 2, 1])).toMatchObject({ perToken: 1, perCharacter: 0 });
});

test("the probability of the right choices is their share of all likelihoods", () => {
  expect(grades([0, 2], [0.1, 0.3, 0.1]).mass).toBeCloseTo(0.2 / 0.5, 12);
  // Likelihoods that underflow by themselves: e^-2000 and e^-2001 stand as 1 to 1/e.
  const { mass } = choiceGrades(
    { choices: ["a", "b"], correct: [0] },
    { logLikelihoods: [-2000, -2001], tokens: [1, 1] },
  );
  expect(mass).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
});

test("equally likely choices share the choice, and what is no number has no grade", () => {
  expect(grades([0], [0.3, 0.3, 0.1]).sum).toBe(1 / 2);
  expect(grades([0, 1], [0.3, 0.3, 0.1]).sum).toBe(1);
  expect(Object.values(grades([0], [Number.NaN, 0.3, 0.1]))).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  expect(() => grades([0], [0.3, 0.1])).toThrow("3 choices need as many scores, received 2");
});

test.each([
  ["B", "is no list of choices"],
  ['{"choices":["a"],"correct":[0]}', "is no list of choices"],
  ['{"choices":["a","b"],"correct":[]}', "is no list of choices"],
  ['{"choices":["a","b"],"correct":[2]}', "`correct` names no choice"],
  ['{"choices":["a","b"],"correct":[0,1]}', "every choice is correct"],
])("the reference %s is refused", (reference, why) => {
  expect(faultOfChoices(reference)).toContain(why);
  expect(parseChoices(reference)).toBeUndefined();
});

test("a response cannot be graded where answers are scored", () => {
  const reference = '{"choices":["a","b"],"correct":[1]}';
  expect(faultOfChoices(reference)).toBeUndefined();
  const problem = { id: "q1", messages: [], cluster: "q1", split: "test", reference } as const;
  expect(() => choiceLikelihood.grade(problem, "b", { kind: "unparsable" })).toThrow(
    "answers-are-scored: The answers of this dataset are given, and scored by their likelihood",
  );
});
