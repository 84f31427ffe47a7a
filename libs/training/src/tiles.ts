/** Rows computed together, padded on the right to the longest of them. */
export interface Tile {
  /** Indices into the rows of the call, longest first. */
  readonly rows: readonly number[];
  /** Positions of each row in the tile. */
  readonly length: number;
}

/** Positions of a tile at most, where rows are shorter: by measurement, the matrix products gain nothing from more. */
const LARGEST = 768;
/** Fewer positions than this are not shared between threads. */
const SHARED = 256;

/**
 * Cuts the chosen rows into tiles of nearly equal positions, rows of similar lengths together. The rule sees lengths alone, never the
 * number of threads, which must not change a bit of the result; up to `lanes` tiles their number is a power of two, beyond it a multiple
 * of `lanes`, so that threads have equal shares.
 */
export function cutTiles(lengths: readonly number[], chosen: readonly number[], lanes: number): Tile[] {
  const sorted = chosen.toSorted((a, b) => lengths[b]! - lengths[a]! || a - b);
  const total = sorted.reduce((sum, r) => sum + lengths[r]!, 0);
  const wanted = Math.max(Math.ceil(total / LARGEST), total >= SHARED ? 2 : 1);
  const count = wanted > lanes ? lanes * Math.ceil(wanted / lanes) : 2 ** Math.ceil(Math.log2(wanted));
  const tiles: number[][] = [];
  let before = 0;
  let current = -1;
  for (const r of sorted) {
    const tile = Math.floor((before * count) / total);
    if (tile !== current) tiles.push([]);
    current = tile;
    tiles.at(-1)!.push(r);
    before += lengths[r]!;
  }
  return tiles.map((rows) => ({ rows, length: lengths[rows[0]!]! }));
}
