/** Where the Penn Treebank's rules cut inside of a run without spaces: marks, quotes, dashes, and a comma or colon before no digit. */
const CUTS = /[;@#$%&?!*()[\]{}<>"“”„«»‘’`]|\.{2,}|--+|[,:](?!\d)/g;
/** The second half of a contraction is a token of its own: DON'T is DO and N'T. */
const CONTRACTION = /^(.+?)(N'T|'(?:S|M|D|LL|RE|VE))$/;

/**
 * Number of words that stand in capitals, as IFEval counts them: tokens of the Penn Treebank's rules without a small letter and
 * with at least one capital. `I` and `A` are two, `U.S.` and `WELL-KNOWN` one each, DON'T two (DO and N'T). Linear in the text.
 */
export function countCapitalWords(text: string): number {
  let count = 0;
  for (const token of text.replaceAll(CUTS, " ").split(/\s+/)) {
    if (isUpper(token)) count += CONTRACTION.test(token) ? 2 : 1;
  }
  return count;
}

/** No small letter (nor one of title case), and at least one capital: Python's `isupper`. */
export function isUpper(text: string): boolean {
  return /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text);
}

/** No capital (nor a letter of title case), and at least one small letter: Python's `islower`. */
export function isLower(text: string): boolean {
  return /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text);
}
