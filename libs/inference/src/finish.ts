import type { FinishReason, Sample, TokenStatistics } from "@touchstone/core";
import type { ChatTokenizer } from "./chat-tokenizer.ts";
import { statisticsBy } from "./statistics.ts";

/** A row as the engine drew it: drawn tokens without the prefix, up to and with the one that ended it. */
export interface DrawnRow {
  readonly index: number;
  readonly prefix: Int32Array;
  readonly drawn: Int32Array;
  readonly statistics: TokenStatistics;
}

/** Cuts a row at the first stop string, decodes it and says why it ended. */
export function finishRow(row: DrawnRow, stop: readonly string[], tokenizer: ChatTokenizer): Sample {
  const { index, prefix, drawn, statistics } = row;
  const all = concatenate(prefix, drawn);
  const text = tokenizer.decode(all);
  const cut = stop.length === 0 ? undefined : findStop(all, prefix.length, text, stop, tokenizer);
  if (cut !== undefined) {
    const kept = cut.tokens - prefix.length;
    return {
      index,
      tokens: all.slice(0, cut.tokens),
      prefixLength: prefix.length,
      text: text.slice(0, cut.at),
      finish: "stop",
      statistics: statisticsBy((name) => statistics[name].slice(0, kept)),
    };
  }
  return {
    index,
    tokens: all,
    prefixLength: prefix.length,
    text,
    finish: reason(all, prefix.length, stop, tokenizer),
    statistics,
  };
}

function reason(
  tokens: Int32Array,
  prefixLength: number,
  stop: readonly string[],
  tokenizer: ChatTokenizer,
): FinishReason {
  const last = tokens.at(-1);
  if (last === undefined) return "length";
  if (tokenizer.endTokens.includes(last)) return "end";
  // A prefix that fills the cap may end with a stop string, but did not stop at it now.
  if (tokens.length === prefixLength) return "length";
  // A special token named as a stop string leaves no text behind.
  return tokenizer.stopTokens(stop).includes(last) ? "stop" : "length";
}

/** The fewest tokens whose text holds a stop string that was not complete within the prefix, and where that string begins. */
function findStop(
  tokens: Int32Array,
  prefixLength: number,
  text: string,
  stop: readonly string[],
  tokenizer: ChatTokenizer,
): { tokens: number; at: number } | undefined {
  const before = prefixLength === 0 ? 0 : tokenizer.decode(tokens.subarray(0, prefixLength)).length;
  const begin = (decoded: string) =>
    stop.reduce((least, s) => {
      const at = decoded.indexOf(s, Math.max(0, before - s.length + 1));
      return at < 0 ? least : Math.min(least, at);
    }, Number.POSITIVE_INFINITY);
  if (begin(text) === Number.POSITIVE_INFINITY) return undefined;
  // Once a stop string is complete, more tokens leave it there: search by halves.
  let [none, some] = [prefixLength, tokens.length];
  while (some - none > 1) {
    const middle = (none + some) >> 1;
    if (begin(tokenizer.decode(tokens.subarray(0, middle))) < Number.POSITIVE_INFINITY) some = middle;
    else none = middle;
  }
  return { tokens: some, at: begin(tokenizer.decode(tokens.subarray(0, some))) };
}

function concatenate(a: Int32Array, b: Int32Array): Int32Array {
  const joined = new Int32Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
