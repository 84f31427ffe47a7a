import type { TokenRow } from "./likelihood-gradient.ts";
import { commonPrefix } from "./tiles.ts";

/** Inputs of the likelihood graph (see `buildLikelihoodGraph`) for the rows of a tile. */
export interface TileInputs {
  readonly tokens: Int32Array<ArrayBuffer>;
  readonly positions: Int32Array<ArrayBuffer>;
  readonly windows: number;
  /** [windows × asking] */
  readonly queries: Int32Array<ArrayBuffer>;
  /** [windows × length] */
  readonly keys: Int32Array<ArrayBuffer>;
  readonly homes: Int32Array<ArrayBuffer>;
  /** [pairs × 2]: for each row in its order, all its tokens but the last, with the token that follows. */
  readonly pairs: Int32Array<ArrayBuffer>;
  /** [pairs], where a gradient is wanted. */
  readonly coefficients?: Float32Array<ArrayBuffer>;
}

/** The tokens of a row that predict another: all but the last. */
export function predicting({ tokens }: TokenRow): Int32Array {
  return tokens.subarray(0, -1);
}

/** @param tile indices of rows of at least two tokens, such that rows that begin alike are neighbours */
export function tileInputs(
  rows: readonly TokenRow[],
  tile: readonly number[],
  coefficients?: readonly Float32Array[],
): TileInputs {
  const given = tile.map((r) => predicting(rows[r]!));
  const shared = given.map((row, i) => (i === 0 ? 0 : commonPrefix(given[i - 1]!, row)));
  const distinct = given.reduce((sum, row, i) => sum + row.length - shared[i]!, 0);
  const asking = windowWidth(given.map((row, i) => row.length - shared[i]!));
  const length = Math.max(...given.map((row) => row.length));
  const windows = given.reduce((sum, row, i) => sum + Math.ceil((row.length - shared[i]!) / asking), 0);
  const inputs = {
    tokens: new Int32Array(distinct),
    positions: new Int32Array(distinct),
    windows,
    queries: new Int32Array(windows * asking),
    keys: new Int32Array(windows * length),
    homes: new Int32Array(distinct),
  };
  const pairs: number[] = [];
  /** Which token stands at each position of the row at hand. */
  const at = new Int32Array(length);
  let [token, window] = [0, -1];
  given.forEach((row, i) => {
    for (let t = shared[i]!; t < row.length; t++) {
      const place = (t - shared[i]!) % asking;
      if (place === 0) window++;
      at[t] = token;
      inputs.tokens[token] = row[t]!;
      inputs.positions[token] = t;
      inputs.homes[token] = window * asking + place;
      inputs.queries[window * asking + place] = token++;
      if (place === asking - 1 || t === row.length - 1) inputs.keys.set(at.subarray(0, t + 1), window * length);
    }
    row.forEach((_, t) => pairs.push(at[t]!, rows[tile[i]!]!.tokens[t + 1]!));
  });
  return {
    ...inputs,
    pairs: Int32Array.from(pairs),
    ...(coefficients !== undefined && {
      coefficients: Float32Array.from(tile.flatMap((r) => [...coefficients[r]!.subarray(1)])),
    }),
  };
}

/** What a window costs beside the places where tokens ask, in such places: its keys and values. By measurement. */
const WINDOW_COST = 16;

/** The width of windows that costs least, when rows have so many tokens that no row before them has. */
function windowWidth(fresh: readonly number[]): number {
  const cost = (width: number): number =>
    fresh.reduce((sum, tokens) => sum + Math.ceil(tokens / width) * (width + WINDOW_COST), 0);
  const widths = [...new Set(fresh)].filter((width) => width > 0).toSorted((a, b) => b - a);
  return widths.reduce((best, width) => (cost(width) < cost(best) ? width : best));
}
