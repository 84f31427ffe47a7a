import { equationKey, formulaKey } from "./algebra.ts";
import { normalLatex, SET, withoutThousands, withoutUnit, words } from "./latex-normal.ts";

const OPEN = `([{${SET.open}`;
const CLOSE = `)]}${SET.close}`;
/** A name that stands for the answer: `x`, `y_1`, `f(x)`. */
const NAME = /^\\?[a-zA-Z]+(?:_\{?\w+\}?)?\s*(?:\(\s*[a-zA-Z]\s*\))?$/;

const known = new Map<string, string>();
const REMEMBERED = 20_000;

/**
 * The answer class of a mathematical answer in LaTeX: equal keys are equal answers. Numbers and formulas are compared by an
 * algebra library (`formulaKey`); tuples, intervals and vectors entry by entry and in order; sets, bare lists and unions
 * without order; words by their letters; what stands for the answer (`x =`, `y \in`) and units are left out. What the library
 * cannot read is compared as it is written. Empty where nothing is left. Our rules, after those of the graders of MATH and
 * PRM800K (Hendrycks et al. 2021; Lightman et al. 2023).
 */
export function mathKey(latex: string): string {
  const found = known.get(latex);
  if (found !== undefined) return found;
  const key = keyOf(normalLatex(latex));
  if (known.size >= REMEMBERED) known.clear();
  known.set(latex, key);
  return key;
}

function keyOf(latex: string): string {
  const said = words(latex);
  if (said !== undefined) return said;
  const member = /^(.*?)\\in(?![a-zA-Z])(.*)$/.exec(latex);
  if (member && NAME.test(member[1]!.trim())) return keyOf(member[2]!.trim());
  const parts = splitAt(latex, String.raw`\cup`);
  if (parts.length > 1) return parts.map(keyOf).toSorted().join(" ∪ ");
  const list = elements(withoutThousands(latex));
  if (list.length > 1) return list.map(keyOf).toSorted(byText).join("; ");
  return matrixKey(latex) ?? bracketedKey(latex) ?? scalarKey(latex);
}

/** Entries between commas at the top level, with `a ± b` as two of them. */
function elements(latex: string): readonly string[] {
  const signs = (text: string): readonly string[] =>
    splitAt(text, String.raw`\pm`).length > 1
      ? ["+", "-"].map((sign) => text.replaceAll(/\\pm(?![a-zA-Z])/g, sign))
      : [text];
  return splitAt(latex, ",")
    .flatMap((part) => splitAt(part, String.raw`\text{ and }`))
    .flatMap(signs);
}

function matrixKey(latex: string): string | undefined {
  const matrix = /^\\begin\{[pbv]?matrix\}(.*)\\end\{[pbv]?matrix\}$/.exec(latex)?.[1];
  if (matrix === undefined) return undefined;
  const rows = matrix.split(/\\\\/).filter((row) => row.trim() !== "");
  return `[${rows
    .map((row) =>
      row
        .split("&")
        .map((cell) => keyOf(cell.trim()))
        .join(" "),
    )
    .join("; ")}]`;
}

function bracketedKey(latex: string): string | undefined {
  const open = latex.at(0) ?? "";
  const close = latex.at(-1) ?? "";
  if (open === "{" || !OPEN.includes(open) || !CLOSE.includes(close) || !closesAtEnd(latex)) return undefined;
  const inside = latex.slice(1, -1).trim();
  if (open === SET.open) return [...new Set(elements(inside).map(keyOf))].toSorted(byText).join("; ");
  const entries = splitAt(inside, ",");
  return entries.length === 1 ? undefined : `${open}${entries.map(keyOf).join(", ")}${close}`;
}

function scalarKey(latex: string): string {
  const sides = splitAt(latex, "=");
  const last = sides.at(-1)!.trim();
  const first = sides[0]!.trim();
  if (sides.length > 1 && NAME.test(first)) return keyOf(last);
  if (sides.length === 2) return equationKey(first, last) ?? written(latex);
  const bare = withoutThousands(withoutUnit(latex));
  // A number in another base is its digits: 52_8 is not 42.
  const inBase = /^(\d+)_\{?\s*(\d+)\s*\}?$/.exec(bare);
  if (inBase) return `${inBase[1]} base ${inBase[2]}`;
  return formulaKey(bare) ?? written(bare);
}

function written(latex: string): string {
  return latex.replaceAll(/\s+/g, "");
}

/** Parts between a separator that stands in no bracket. */
function splitAt(latex: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < latex.length; i++) {
    const character = latex[i]!;
    if (OPEN.includes(character)) depth++;
    else if (CLOSE.includes(character)) depth--;
    if (depth === 0 && latex.startsWith(separator, i)) {
      parts.push(latex.slice(from, i).trim());
      from = i + separator.length;
    }
  }
  parts.push(latex.slice(from).trim());
  return parts;
}

function closesAtEnd(latex: string): boolean {
  let depth = 0;
  for (const [i, character] of [...latex].entries()) {
    if (OPEN.includes(character)) depth++;
    else if (CLOSE.includes(character) && --depth === 0) return i === [...latex].length - 1;
  }
  return false;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
