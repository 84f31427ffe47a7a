import { encoderOf, SPECIAL, tokenizerConfigOf, tokenizerJsonOf, type WordTokenizer } from "../word-tokenizer.ts";
import { PATTERNS } from "./patterns.ts";
import { NAMES, OPENERS, QUESTIONS, THINGS } from "./words.ts";

/**
 * How text falls apart. A word carries the space before it, and the one behind it where a digit follows, so that digits
 * are always the same ten tokens and joining the tokens gives the text back.
 */
export const PRETOKENS = " ; |#### |\\d|[-+*/=.,?]| ?[A-Za-z]+(?: (?=\\d))?| ";

/** Every sentence of the grammar with every word that may stand in it. */
function* sentences(): Generator<string> {
  const texts = [...OPENERS, ...PATTERNS.map(({ text }) => text), ...QUESTIONS];
  for (const [index, text] of texts.entries()) {
    // Only an opener begins a prompt; what follows has a space before it.
    const placed = index < OPENERS.length ? text : ` ${text}`;
    for (let word = 0; word < Math.max(NAMES.length, THINGS.length); word++) {
      const values: Record<string, string | undefined> = { n: NAMES[word], f: NAMES[word], t: THINGS[word] };
      yield placed.replace(/\{(\w)\}/g, (_, key: string) => values[key] ?? "1");
    }
  }
}

/** Every token in the order of its id: special ones, the language of the solutions, the words by the alphabet. */
export function vocabulary(): readonly string[] {
  const words = new Set([...sentences()].flatMap((sentence) => sentence.match(new RegExp(PRETOKENS, "g")) ?? []));
  const solution = [..."0123456789", ..."+-*/=", " ; ", "#### ", ".", ",", "?", " "];
  return [...Object.values(SPECIAL), ...solution, ...[...words].filter((word) => !solution.includes(word)).toSorted()];
}

function wordTokenizer(tokens: readonly string[] = vocabulary()): WordTokenizer {
  return { tokens, special: Object.keys(SPECIAL).length, pretokens: PRETOKENS };
}

/** Token ids of plain text (no special tokens): what the tokenizer's files say, without reading them. */
export function encoder(tokens: readonly string[] = vocabulary()): (text: string) => number[] {
  return encoderOf(wordTokenizer(tokens));
}

export function tokenizerJson(): object {
  return tokenizerJsonOf(wordTokenizer());
}

export function tokenizerConfig(): object {
  return tokenizerConfigOf(160);
}
