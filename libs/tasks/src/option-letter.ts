import type { Answer, Extractor, Grader, Problem } from "@touchstone/core";

/** What may stand before a letter: `**B**`, `(B)`, `"B"`, `\boxed{\text{B}}`, `$B$`. Bounded, so that reading stays linear. */
const OPENING = String.raw`(?:[\s*_"'\x60$([{]|\\(?:boxed|text|textbf|mathrm|mathbf)\b){0,12}`;
/** No word goes on after the letter. `A dog` and `I think` are words of a sentence, but `A because …` gives a reason. */
const STANDS = String.raw`(?![\p{L}\p{N}_'’])(?!(?<=[AI])\s+(?!because|since|as\b|for\b|is\b|due\b)\p{Ll})`;
const WORD_ENDS = String.raw`(?![\p{L}\p{N}_])`;
/** What leads from "answer" to the letter: a verb, a mark or a line break. `Option A is wrong` states nothing. */
const LEADS = String.raw`(?:[\s*_]+(?:to\s[^.:\n]{1,80}?\s)?(?:is|was|must be|should be|would be)${WORD_ENDS}[\s:=]*(?:(?:therefore|thus|clearly|definitely|probably|(?:most )?likely)${WORD_ENDS}[\s,]*)?|[\s*_]*[:=–—-]|[ \t*_]*\n)`;
const STATEMENT = new RegExp(
  String.raw`(?:(?<![\p{L}\p{N}_])(?:answer|choice|option)${LEADS}|\\boxed(?=\s*\{))` +
    String.raw`(?:${OPENING}(?:option|choice|letter|answer)${WORD_ENDS})?${OPENING}(?:([A-Z])${STANDS}|([a-z])(?=\s*[)\]}.*"']*(?:$|[\n)\]}])))`,
  "giu",
);
/** `B`, `B.`, `(B) because`, `**B)** text`: an option at the start of a line. */
const MARK = /^[ \t*_"'`>$([{-]*([A-Z])(?:[.):\]}*]|[ \t*_"'`)}\].$]*$)/gmu;
const STANDING = new RegExp(
  String.raw`(?<![\p{L}\p{N}_'’.&-])([A-HJ-Z]|I(?=[.):]|\s*$))(?!\.\p{L})(?!-)${STANDS}`,
  "gu",
);

/**
 * Reads the option that a response chooses: `(b)`, `**B**`, `B.` and `option B` are one answer. In this order: the last statement
 * (`the answer is (B)`, `Answer: B`, `\boxed{B}`); where there is none, the option at the start of the response or of its last
 * line (where options are listed, only of the last line); otherwise the last capital that stands alone, the article `A` and the
 * pronoun `I` aside. Small letters count in statements only, at their end or in brackets. Digits are not read: among options
 * that are numbers, `the answer is 2` names a value. Our rules; see docs/graders.md.
 */
export const letterChosen: Extractor = {
  name: "option-letter",
  extract(response): Answer {
    const letter = stated(response) ?? marked(response) ?? standing(response);
    return letter === undefined ? { kind: "unparsable" } : { kind: "answer", key: letter };
  },
};

function stated(response: string): string | undefined {
  let last: string | undefined;
  for (const match of response.matchAll(STATEMENT)) {
    // Under the flag `i` the class [A-Z] takes small letters too: those count only by the second group's rule.
    const capital = match[1] !== undefined && match[1] === match[1].toUpperCase();
    const letter = capital || isClosed(response, match) ? (match[1] ?? match[2]) : undefined;
    if (letter !== undefined) last = letter.toUpperCase();
  }
  return last;
}

function isClosed(response: string, match: RegExpExecArray): boolean {
  return /^(?:\s*[.*"'`]*\s*(?:$|\n)|[)\]}])/u.test(
    response.slice(match.index + match[0].length, match.index + match[0].length + 8),
  );
}

function marked(response: string): string | undefined {
  const text = response.trim();
  const marks = [...text.matchAll(MARK)];
  const last = marks.at(-1);
  if (!last) return undefined;
  if (!text.includes("\n", last.index)) return last[1];
  return marks.length === 1 && last.index === 0 ? last[1] : undefined;
}

function standing(response: string): string | undefined {
  let last: string | undefined;
  for (const match of response.matchAll(STANDING)) last = match[1];
  return last;
}

/** The letter of an option counted from 0: 0 is `A`. Throws a RangeError beyond `Z`. */
export function optionLetter(index: number): string {
  if (!Number.isInteger(index) || index < 0 || index > 25) throw new RangeError(`no letter for option ${index}`);
  return String.fromCodePoint("A".codePointAt(0)! + index);
}

const accepted = new WeakMap<Problem, ReadonlySet<string>>();

/** 1 where the answer is the reference's letter, or one of its letters where several are right; 0 otherwise, also without one. */
export const optionChosen: Grader = {
  name: "option-letter",
  grade(problem, _response, answer) {
    let letters = accepted.get(problem);
    if (!letters) accepted.set(problem, (letters = new Set(acceptedOptions(problem.reference))));
    return answer.kind === "answer" && letters.has(answer.key) ? 1 : 0;
  },
};

/** Letters of a reference: `B`, `(b)`, several as `A,C`; `1` to `9` are `A` to `I` (some of ARC's options are numbered). */
export function acceptedOptions(reference: string): readonly string[] | undefined {
  const letters = reference.split(",").map((part) => {
    const option = /^\s*\(?([A-Za-z]|[1-9])[).]?\s*$/.exec(part)?.[1];
    return option === undefined
      ? undefined
      : /\d/.test(option)
        ? optionLetter(Number(option) - 1)
        : option.toUpperCase();
  });
  return letters.every((letter) => letter !== undefined) ? letters : undefined;
}
