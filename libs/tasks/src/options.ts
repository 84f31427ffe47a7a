import { stream } from "@touchstone/core";
import type { OptionsSource } from "./field-source.ts";
import { textAt, textsAt, type Fail } from "./field-text.ts";
import { pythonTexts } from "./python-list.ts";
import { valueAt } from "./record-path.ts";

/** Key of the order of shuffled options: fixed, so that a problem asks the same on every machine. */
const ORDER_SEED = 20261120;

/** Answers to choose from, in the order in which they are asked. */
export interface Options {
  readonly texts: readonly string[];
  /** Places of those that are right, from 0. */
  readonly correct: readonly number[];
}

/** The options of a record; shuffled ones by the problem's id. Throws what `fail` makes. Pure. */
export function readOptions(record: unknown, source: OptionsSource, id: string, fail: Fail): Options {
  const options = unordered(record, source, fail);
  if (options.texts.length < 2) throw fail(`there are ${options.texts.length} options to choose from`);
  if (options.texts.length > 26) throw fail(`there are ${options.texts.length} options, more than letters`);
  if (options.correct.length === 0) throw fail("none of its options is marked as right");
  return source.shuffle === true ? shuffled(options, id) : options;
}

/** `A. first\nB. second`. */
export function optionLines({ texts }: Options): string {
  return texts.map((text, i) => `${letter(i)}. ${text}`).join("\n");
}

/** The reference: letters (`B`, `A,C`) or a JSON object of all options and the places of the right ones. */
export function optionReference({ texts, correct }: Options, source: OptionsSource): string {
  return source.reference === "choices" ? JSON.stringify({ choices: texts, correct }) : correct.map(letter).join(",");
}

/** `A` for 0; no source has more than 26 options. */
function letter(index: number): string {
  return String.fromCodePoint(65 + index);
}

function unordered(record: unknown, source: OptionsSource, fail: Fail): Options {
  if ("marks" in source) {
    const marks = valueAt(record, source.marks, 0);
    if (typeof marks !== "object" || marks === null) throw fail(`the field "${source.marks}" holds no marked options`);
    const entries = Object.entries(marks);
    return {
      texts: entries.map(([text]) => text),
      correct: entries.flatMap(([, mark], i) => (Number(mark) === 1 ? [i] : [])),
    };
  }
  const texts =
    "index" in source && source.notation === "python"
      ? pythonTexts(textAt(record, source.texts, fail))
      : textsAt(record, source.texts, fail);
  if (texts === undefined) throw fail(`the field "${source.texts}" is no list of texts as Python spells it`);
  if ("index" in source) {
    const index = Number(textAt(record, source.index, fail));
    if (!(index in texts)) throw fail(`the field "${source.index}" is no place among ${texts.length} options`);
    return { texts, correct: [index] };
  }
  const labels = source.labels === undefined ? texts.map((_, i) => letter(i)) : textsAt(record, source.labels, fail);
  if (labels.length !== texts.length) throw fail(`there are ${texts.length} options and ${labels.length} labels`);
  const label = textAt(record, source.label, fail);
  const index = labels.indexOf(label);
  if (index < 0) throw fail(`the label "${label}" is none of ${labels.join(", ")}`);
  return { texts, correct: [index] };
}

function shuffled({ texts, correct }: Options, id: string): Options {
  const order = texts.map((_, i) => i);
  const random = stream(ORDER_SEED, "options", id);
  // Fisher and Yates.
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return {
    texts: order.map((i) => texts[i]!),
    correct: correct.map((i) => order.indexOf(i)).toSorted((a, b) => a - b),
  };
}
