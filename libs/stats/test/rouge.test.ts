import { expect, test } from "vitest";
import { rouge1, rouge1Pairs } from "../src/index.ts";

test("the overlap counts a word as often as both have it", () => {
  // 6 and 3 words; shared: the, cat. Precision 2/3, recall 2/6, F1 = 2·2/9.
  expect(rouge1("the cat sat on the mat", "the cat purrs")).toBe(4 / 9);
  // "the" is twice in both, "a" once in one: min(2, 2) = 2 of 2 and 3 words.
  expect(rouge1("the the", "a the the")).toBe(4 / 5);
  expect(rouge1("b b b b", "b")).toBe(2 / 5);
});

test("case, punctuation and the order of words make no difference", () => {
  expect(rouge1("So 12+3 = 15; done.", "done: 15 = 3 + 12, SO")).toBe(1);
  expect(rouge1("Äpfel, Öl", "öl ÄPFEL")).toBe(1);
  expect(rouge1("cats", "cat")).toBe(0);
});

test("texts without words are alike, and like nothing else", () => {
  expect(rouge1("", " ;! ")).toBe(1);
  expect(rouge1("", "word")).toBe(0);
});

test("all pairs of many texts are what two texts give, symmetric, and 1 with themselves", () => {
  const texts = ["1 + 2 = 3", "2 + 2 = 4", "", "3 = 1 + 1 + 1", "nothing of this"];
  const similarity = rouge1Pairs(texts);
  for (const [i, a] of texts.entries()) {
    expect(similarity(i, i)).toBe(1);
    for (const [j, b] of texts.entries()) {
      expect(similarity(i, j)).toBe(rouge1(a, b));
      expect(similarity(i, j)).toBe(similarity(j, i));
    }
  }
  // {1, 2, 3} and {2, 2, 4}: one shared of three each; {1, 2, 3} and {3, 1, 1, 1}: two shared of three and four.
  expect(similarity(0, 1)).toBe(1 / 3);
  expect(similarity(0, 3)).toBe(4 / 7);
  expect(() => similarity(0, 5)).toThrow(/there are 5 texts, asked for number 5/);
});
