import { CONSTRAINT_KINDS, type ConstraintKind } from "@touchstone/tasks";
import {
  encoderOf,
  knows,
  SPECIAL,
  tokenizerConfigOf,
  tokenizerJsonOf,
  type WordTokenizer,
} from "../word-tokenizer.ts";
import { GENERAL, KEYWORDS, MARKS, TOPICS } from "./words.ts";

/** How text falls apart: a word or a number carries the space before it, a newline is a token. */
const PRETOKENS = "\\n| ?[A-Za-z]+| ?\\d+| ?[-,.!?]| ";

/** Largest number that a request can name, with room. */
const LARGEST_NUMBER = 22;

/** Longest sequence that the models of this world are made for. */
export const MAX_LENGTH = 160;

/** What training lets follow the end of a response: whether a constraint is kept. Never part of a response. */
export function verdictToken(kind: ConstraintKind, kept: boolean): string {
  return `<${kind}:${kept ? "kept" : "broken"}>`;
}

/** Words of the sentences of a request that are neither topic, keyword nor number. */
const REQUEST_WORDS =
  "Note on|List about|Story of|Write lines|Put words in each line|All in capitals|First line in capitals|Last line|Close lines with|" +
  "Set commas|Use|Avoid|Say times|Begin with|End with|Name before|At least words|At most words";

function vocabulary(): readonly string[] {
  const verdicts = CONSTRAINT_KINDS.flatMap((kind) => [verdictToken(kind, true), verdictToken(kind, false)]);
  const opening = new Set(["Note", "List", "Story"]);
  const request = REQUEST_WORDS.split("|").flatMap((text) =>
    text.split(" ").map((word, at) => (opening.has(word) && at === 0 ? word : ` ${word}`)),
  );
  const words = [...KEYWORDS, ...GENERAL, ...Object.keys(TOPICS)].map((word) => ` ${word}`);
  const loud = [...KEYWORDS, ...GENERAL].map((word) => ` ${word.toUpperCase()}`);
  const numbers = Array.from({ length: LARGEST_NUMBER }, (_, index) => ` ${index + 1}`);
  const signs = ["\n", "-", ",", " ", ...MARKS, ...MARKS.map((mark) => ` ${mark}`)];
  return [...Object.values(SPECIAL), ...verdicts, ...signs, ...numbers, ...new Set([...request, ...words, ...loud])];
}

const tokens = vocabulary();
export const INSTRUCT_TOKENIZER: WordTokenizer = {
  tokens,
  special: Object.keys(SPECIAL).length + 2 * CONSTRAINT_KINDS.length,
  pretokens: PRETOKENS,
};

export const encode = encoderOf(INSTRUCT_TOKENIZER);
export const isKnown = knows(INSTRUCT_TOKENIZER);

export function idOf(token: string): number {
  const id = tokens.indexOf(token);
  if (id < 0) throw new RangeError(`"${token}" is not in the vocabulary`);
  return id;
}

export const tokenizerJson = (): object => tokenizerJsonOf(INSTRUCT_TOKENIZER);
export const tokenizerConfig = (): object => tokenizerConfigOf(MAX_LENGTH);
