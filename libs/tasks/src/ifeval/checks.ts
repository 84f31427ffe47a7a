import { countCapitalWords, isLower, isUpper } from "./capital-words.ts";
import type { Arguments, InstructionId } from "./instruction.ts";
import { languageOf } from "./language.ts";
import { countSentences } from "./sentences.ts";

type Check<K extends InstructionId> = (response: string, asked: Arguments<K>) => boolean;

/**
 * Whether a response that is not blank follows an instruction, for each of IFEval's 25 types. Keywords, markers and splitters are
 * taken literally. Every check is linear in the response.
 */
export const CHECKS: { readonly [K in InstructionId]: Check<K> } = {
  "change_case:capital_word_frequency": (response, { capital_relation, capital_frequency }) =>
    holds(countCapitalWords(response), capital_relation, capital_frequency),
  "change_case:english_capital": (response) => isUpper(response) && isIn("en", response),
  "change_case:english_lowercase": (response) => isLower(response) && isIn("en", response),
  "combination:repeat_prompt": (response, { prompt_to_repeat }) => plain(response).startsWith(plain(prompt_to_repeat)),
  "combination:two_responses": (response) => {
    const pieces = betweenMarks(response, "******");
    return pieces?.length === 2 && pieces[0] !== pieces[1];
  },
  "detectable_content:number_placeholders": (response, { num_placeholders }) =>
    placeholders(response) >= num_placeholders,
  "detectable_content:postscript": (response, { postscript_marker }) => hasPostscript(response, postscript_marker),
  "detectable_format:constrained_response": (response) =>
    ["My answer is yes.", "My answer is no.", "My answer is maybe."].some((answer) => response.includes(answer)),
  "detectable_format:json_format": (response) => isJson(response),
  "detectable_format:multiple_sections": (response, { section_spliter, num_sections }) =>
    occurrences(response, new RegExp(String.raw`${literal(section_spliter)}\s?\d`, "gu")) >= num_sections,
  "detectable_format:number_bullet_lists": (response, { num_bullets }) =>
    response.split("\n").filter((line) => /^\s*(?:\*(?!\*)|-)/.test(line)).length === num_bullets,
  "detectable_format:number_highlighted_sections": (response, { num_highlights }) =>
    highlights(response, /\*([^\n*]*)\*/g) + highlights(response, /\*\*([^\n*]*)\*\*/g) >= num_highlights,
  "detectable_format:title": (response) => response.split("\n").some(hasTitle),
  "keywords:existence": (response, { keywords }) => {
    const text = response.toLowerCase();
    return keywords.every((keyword) => text.includes(keyword.toLowerCase()));
  },
  "keywords:forbidden_words": (response, { forbidden_words }) =>
    !forbidden_words.some((word) =>
      new RegExp(String.raw`(?<![\p{L}\p{N}_])${literal(word)}(?![\p{L}\p{N}_])`, "iu").test(response),
    ),
  "keywords:frequency": (response, { keyword, relation, frequency }) =>
    holds(response.toLowerCase().split(keyword.toLowerCase()).length - 1, relation, frequency),
  "keywords:letter_frequency": (response, { letter, let_relation, let_frequency }) =>
    holds(response.toLowerCase().split(letter.toLowerCase()).length - 1, let_relation, let_frequency),
  "language:response_language": (response, { language }) => isIn(language, response),
  "length_constraints:nth_paragraph_first_word": (response, { first_word, num_paragraphs, nth_paragraph }) => {
    const pieces = response.split("\n\n").map((piece) => piece.trim());
    const count = pieces.filter((piece) => piece !== "").length;
    const piece = nth_paragraph > count ? "" : pieces[nth_paragraph - 1]!;
    return piece !== "" && count === num_paragraphs && firstWord(piece) === first_word.toLowerCase();
  },
  "length_constraints:number_paragraphs": (response, { num_paragraphs }) =>
    betweenMarks(response, "***")?.length === num_paragraphs,
  "length_constraints:number_sentences": (response, { relation, num_sentences }) =>
    holds(countSentences(response), relation, num_sentences),
  "length_constraints:number_words": (response, { relation, num_words }) =>
    holds(occurrences(response, /[\p{L}\p{N}_]+/gu), relation, num_words),
  "punctuation:no_comma": (response) => !response.includes(","),
  "startend:end_checker": (response, { end_phrase }) =>
    withoutEnds(response.trim(), '"').toLowerCase().endsWith(plain(end_phrase)),
  "startend:quotation": (response) => {
    const text = response.trim();
    return text.length > 1 && text.startsWith('"') && text.endsWith('"');
  },
};

function holds(count: number, relation: "at least" | "less than", bound: number): boolean {
  return relation === "at least" ? count >= bound : count < bound;
}

/** Where no language can be told, the instruction counts as followed, as in IFEval. */
function isIn(language: string, text: string): boolean {
  const found = languageOf(text);
  return found === undefined || found === language;
}

function plain(text: string): string {
  return text.trim().toLowerCase();
}

function literal(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}

function occurrences(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** Trimmed pieces between marks; a blank first or last one is left out; undefined where one in the middle is blank. */
function betweenMarks(text: string, mark: string): readonly string[] | undefined {
  const pieces = text.split(mark).map((piece) => piece.trim());
  const kept = pieces.filter((piece, i) => piece !== "" || (i > 0 && i < pieces.length - 1));
  return kept.includes("") ? undefined : kept;
}

/** Spans `[…]` on one line, each from an opening bracket to the next closing one. */
function placeholders(text: string): number {
  let count = 0;
  for (const line of text.split("\n")) {
    for (let from = line.indexOf("["); from >= 0; count++) {
      const to = line.indexOf("]", from + 1);
      if (to < 0) break;
      from = line.indexOf("[", to + 1);
    }
  }
  return count;
}

function hasPostscript(response: string, marker: string): boolean {
  const text = response.toLowerCase();
  if (marker === "P.P.S") return /p\.\s?p\.\s?s/.test(text);
  if (marker === "P.S.") return /p\.\s?s\./.test(text);
  return text.includes(marker.toLowerCase());
}

function isJson(response: string): boolean {
  const text = response
    .trim()
    .replace(/^```(?:json|Json|JSON)?/, "")
    .replace(/```$/, "");
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function highlights(text: string, pattern: RegExp): number {
  let count = 0;
  for (const [, inside] of text.matchAll(pattern)) if (inside!.trim() !== "") count++;
  return count;
}

function hasTitle(line: string): boolean {
  const from = line.indexOf("<<");
  const to = line.lastIndexOf(">>");
  return from >= 0 && to > from + 2 && /[^\s<>]/.test(line.slice(from + 2, to));
}

/** Without the word's opening quotes, up to its first mark, in lower case. */
function firstWord(paragraph: string): string {
  const word = paragraph.split(/\s/, 1)[0]!.replace(/^'+/, "").replace(/^"+/, "");
  return word.split(/[.,?!'"]/, 1)[0]!.toLowerCase();
}

function withoutEnds(text: string, mark: string): string {
  let [from, to] = [0, text.length];
  while (from < to && text[from] === mark) from++;
  while (to > from && text[to - 1] === mark) to--;
  return text.slice(from, to);
}
