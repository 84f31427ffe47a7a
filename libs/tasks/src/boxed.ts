import type { Answer, Extractor } from "@touchstone/core";
import { mathKey } from "./math-key.ts";

const BOX = /\\(?:boxed|fbox)(?![a-zA-Z])\s*/g;

/**
 * Reads the content of the last `\boxed{…}` (or `\fbox{…}`) with balanced braces, as solutions of MATH give their answer
 * (Hendrycks et al. 2021). Answers are equal when they are the same mathematics (`mathKey`): 1/2, 0.5 and `\frac12` are one
 * answer. Unparsable where there is no box, or where the last one is empty or never closed.
 */
export const boxed: Extractor = {
  name: "boxed",
  extract(response): Answer {
    const content = lastBoxed(response);
    const key = content === undefined ? "" : mathKey(content);
    return key === "" ? { kind: "unparsable" } : { kind: "answer", key };
  },
};

/** What stands in the last box; undefined where there is none or it is cut off. */
export function lastBoxed(text: string): string | undefined {
  const last = [...text.matchAll(BOX)].at(-1);
  if (!last) return undefined;
  const from = last.index + last[0].length;
  // TeX takes a single character for an argument without braces: `\boxed 5`.
  if (text[from] !== "{") return /[^\s$]/.exec(text[from] ?? "")?.[0];
  const close = closingBrace(text, from);
  return close === undefined ? undefined : text.slice(from + 1, close);
}

/** Position of the brace that closes the one at `open`. Escaped braces are text. */
function closingBrace(text: string, open: number): number | undefined {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "{") depth++;
    else if (text[i] === "}" && --depth === 0) return i;
  }
  return undefined;
}
