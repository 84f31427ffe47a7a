import { expect, test } from "vitest";
import { lineTexts } from "../src/line-texts.ts";

test("every line of a response has its text, the last without or with its delimiter", () => {
  expect(lineTexts("a;bc;d", 2, ";")).toEqual(["a;", "a;bc;", "a;bc;d"]);
  expect(lineTexts("a;bc;", 2, ";")).toEqual(["a;", "a;bc;", "a;bc;"]);
  // Stopped at the second line: its delimiter is not part of the text.
  expect(lineTexts("a;bc", 2, ";")).toEqual(["a;", "a;bc;", "a;bc"]);
  expect(lineTexts("abc", 0, ";")).toEqual(["abc"]);
});

test("lines that a token completed two at once have no texts of their own", () => {
  expect(lineTexts("a\n\nb", 1, "\n")).toBeUndefined();
});
