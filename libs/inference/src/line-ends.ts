import type { ChatTokenizer } from "./chat-tokenizer.ts";

/**
 * Token counts k, ascending, such that the text of the first k tokens completes `delimiter` with its k-th token. Occurrences may
 * overlap, as they do for a stop string: these are the places where drawing with that stop string would have paused.
 */
export function lineEnds(tokens: Int32Array, delimiter: string, tokenizer: Pick<ChatTokenizer, "decode">): Int32Array {
  if (delimiter === "") throw new RangeError("a line's delimiter must not be empty");
  const text = tokenizer.decode(tokens);
  const ends: number[] = [];
  let from = 0;
  for (let at = text.indexOf(delimiter); at >= 0; at = text.indexOf(delimiter, at + 1)) {
    const complete = (count: number) => tokenizer.decode(tokens.subarray(0, count)).startsWith(delimiter, at);
    // One token may complete several occurrences: it ends one line.
    if (from > 0 && complete(from)) continue;
    // Once complete, more tokens leave it there: search by halves.
    let [none, some] = [from, tokens.length];
    while (some - none > 1) {
      const middle = (none + some) >> 1;
      if (complete(middle)) some = middle;
      else none = middle;
    }
    ends.push(some);
    from = some;
  }
  return Int32Array.from(ends);
}
