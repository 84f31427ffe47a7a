/** Braces that are written (`\{1, 2\}`), as distinct from those that group. */
export const SET = { open: "⦃", close: "⦄" } as const;

/** Spellings of LaTeX that change nothing about the mathematics, replaced in this order. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/\\(?:left|right|[bB]igg?[lr]?)(?![a-zA-Z])\.?/g, ""],
  [/\\(?:displaystyle|textstyle|limits)(?![a-zA-Z])/g, ""],
  [/\\[dtc]frac(?![a-zA-Z])/g, String.raw`\frac`],
  // Not after a backslash: that is the end of a matrix's row.
  [/(?<!\\)\\(?:[,;:!\s]|q?quad(?![a-zA-Z]))|~/g, " "],
  [/\{,\}/g, ","],
  [/\\[$%]|[$%]/g, ""],
  [/[−–]/g, "-"],
  [/π|(?<![\\a-zA-Z])pi(?![a-zA-Z])/g, String.raw`\pi `],
  [/∞/g, String.raw`\infty `],
  [/°|\\degree(?![a-zA-Z])/g, String.raw`^\circ `],
  [/\^\s*\{\s*\\circ\s*\}/g, String.raw`^\circ `],
  [/\\(?:\{|lbrace(?![a-zA-Z]))/g, SET.open],
  [/\\(?:\}|rbrace(?![a-zA-Z]))/g, SET.close],
  [/\s+/g, " "],
];

const TEXT = /\\(?:text|textbf|textit|textrm|mbox|mathrm|mathbf|operatorname|hbox)\s*\{([^{}]*)\}/g;

/** One spelling for what TeX would set alike: sizes, spaces, signs of currency and percent, kinds of fractions and degrees. */
export function normalLatex(latex: string): string {
  let text = latex;
  for (const [spelling, plain] of SPELLINGS) text = text.replaceAll(spelling, plain);
  return text
    .trim()
    .replace(/[.,;:]$/, "")
    .trim();
}

/**
 * The words of an answer that is words (`\text{Evelyn}`, `east`, `\text{(C)}`), lower-case, without brackets; undefined where
 * it is a formula.
 */
export function words(latex: string): string | undefined {
  const plain = latex.replaceAll(TEXT, "$1").replaceAll(/^[({[\s]+|[\s)}\].]+$/g, "");
  const isText = plain !== latex && latex.replaceAll(TEXT, "").replaceAll(/[\s(){}.]/g, "") === "";
  const isWord = /^[\p{L}][\p{L}\s'-]{2,}$/u.test(plain);
  const isChoice = /^[A-Z]$/.test(plain);
  if (!(isText || isWord || isChoice)) return undefined;
  return plain.toLowerCase().replaceAll(/\s+/g, " ").trim();
}

/** A formula without the unit behind it: `15\mbox{ cm}^2` is `15`, `36^\circ` is `36`, `5.4 cents` is `5.4`. */
export function withoutUnit(latex: string): string {
  const bare = latex
    .replace(/\\(?:text|textrm|mbox|mathrm|hbox)\s*\{[^{}]*\}(?:\s*\^\s*(?:\d|\{\d\}))?\s*$/, "")
    .replace(/(?<=\d)\s*(?:\s[a-z]{3,}(?:\s[a-z]+)*)\s*$/, "")
    // The angle of a sine keeps its degrees: there they are part of the number.
    .replace(/^(?!.*\\(?:sin|cos|tan|cot|sec|csc))(.*)\^\s*\\circ\s*$/, "$1")
    .trim();
  return bare === "" ? latex : bare;
}

/** Digits without separators of thousands: `11,111,100` and `10 080`; other text is left. */
export function withoutThousands(latex: string): string {
  return /^[-+]?\s*\d{1,3}(?:\s*,\s*\d{3})+(?:\.\d+)?$/.test(latex) ? latex.replaceAll(/[\s,]/g, "") : latex;
}
