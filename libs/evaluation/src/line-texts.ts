/**
 * The texts that end with each line of a response, and last the whole; undefined where lines cannot be told apart in the text
 * (a token completes two at once). `lines`: how many lines end within the response's tokens.
 */
export function lineTexts(text: string, lines: number, delimiter: string): readonly string[] | undefined {
  const texts: string[] = [];
  for (let at = text.indexOf(delimiter); at !== -1; at = text.indexOf(delimiter, at + delimiter.length)) {
    texts.push(text.slice(0, at + delimiter.length));
  }
  // A response that stopped at a line has lost that line's delimiter from its text.
  if (texts.length === lines - 1) texts.push(text + delimiter);
  return texts.length === lines ? [...texts, text] : undefined;
}
