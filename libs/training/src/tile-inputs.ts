import type { TokenRow } from "./likelihood-gradient.ts";
import { commonPrefix } from "./tiles.ts";

/** Inputs of the likelihood graph (see `buildLikelihoodGraph`) for the rows of a tile. */
export interface TileInputs {
  readonly rows: number;
  readonly length: number;
  readonly tokens: Int32Array<ArrayBuffer>;
  readonly positions: Int32Array<ArrayBuffer>;
  /** [rows × length] */
  readonly slots: Int32Array<ArrayBuffer>;
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
  const length = Math.max(...given.map((tokens) => tokens.length));
  const total = given.reduce((sum, tokens) => sum + tokens.length, 0);
  const slots = new Int32Array(tile.length * length);
  const tokens = new Int32Array(total);
  const positions = new Int32Array(total);
  const homes = new Int32Array(total);
  const pairs = new Int32Array(2 * total);
  const weights = new Float32Array(total);
  let [distinct, pair] = [0, 0];
  given.forEach((row, i) => {
    const first = i * length;
    const common = i === 0 ? 0 : commonPrefix(given[i - 1]!, row);
    slots.copyWithin(first, first - length, first - length + common);
    for (let t = common; t < row.length; t++) {
      tokens[distinct] = row[t]!;
      positions[distinct] = t;
      homes[distinct] = first + t;
      slots[first + t] = distinct++;
    }
    const r = tile[i]!;
    for (let t = 0; t < row.length; t++) {
      pairs[2 * pair] = slots[first + t]!;
      pairs[2 * pair + 1] = rows[r]!.tokens[t + 1]!;
      weights[pair++] = coefficients?.[r]![t + 1] ?? 0;
    }
  });
  return {
    rows: tile.length,
    length,
    tokens: tokens.slice(0, distinct),
    positions: positions.slice(0, distinct),
    slots,
    homes: homes.slice(0, distinct),
    pairs,
    ...(coefficients !== undefined && { coefficients: weights }),
  };
}
