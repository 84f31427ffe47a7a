import type { Answer, Extractor, Grader } from "@touchstone/core";

const WORDS = new Map([
  ["yes", "yes"],
  ["true", "yes"],
  ["no", "no"],
  ["false", "no"],
]);
/** What may stand before the word. Bounded, so that reading stays linear. */
const AROUND = String.raw`(?:[\s*_"'\x60$([{:=]|\\(?:boxed|text|textbf|mathrm)\b){0,12}`;
const STATEMENT = new RegExp(
  String.raw`(?:\banswer\b(?:[\s*_:=]+(?:is|was|must be|should be|would be)\b)?|\\boxed)${AROUND}(yes|no|true|false)\b(?! (?:one|longer|more|matter|way|doubt)\b)`,
  "gi",
);
const FIRST = /^[\s*_"'`([]*(yes|no|true|false)\b(?=[\s*_"'`)\]]*(?:[.,;:!\n—–-]|$))/i;
const LAST_LINE = /^[\s*_"'`([]*(yes|no|true|false)[\s*_"'`)\].!]*$/i;
/** `no` alone may be a determiner ("no evidence"), so that it must end a clause. */
const STANDING = /\b(yes|no(?=[*_"'`)\]]*(?:[.,;:!]|\s*$)))\b/gi;

/**
 * Reads a response as `yes` or `no`; `true` and `false` are the same answers where they are stated. In this order: the last
 * statement (`the answer is yes`, `\boxed{no}`), the last line where it is nothing else, the first word where a pause follows it,
 * the last yes, or no before a pause. Our rules; see docs/graders.md.
 */
export const yesNo: Extractor = {
  name: "yes-no",
  extract(response): Answer {
    const text = response.trimEnd();
    const word =
      lastOf(text, STATEMENT) ??
      LAST_LINE.exec(text.slice(text.lastIndexOf("\n") + 1))?.[1] ??
      FIRST.exec(text)?.[1] ??
      lastOf(text, STANDING);
    const key = word === undefined ? undefined : yesOrNo(word);
    return key === undefined ? { kind: "unparsable" } : { kind: "answer", key };
  },
};

/** 1 where the answer is the reference's (`yes`, `no`, `true` or `false`), 0 otherwise, also where there is none. */
export const yesNoRight: Grader = {
  name: "yes-no",
  grade: ({ reference }, _response, answer) => (answer.kind === "answer" && answer.key === yesOrNo(reference) ? 1 : 0),
};

/** `yes` or `no`; undefined where the text is neither of them nor `true` or `false`. */
export function yesOrNo(text: string): string | undefined {
  return WORDS.get(text.trim().toLowerCase());
}

function lastOf(text: string, pattern: RegExp): string | undefined {
  let last: string | undefined;
  for (const match of text.matchAll(pattern)) last = match[1];
  return last;
}
