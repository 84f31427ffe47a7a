/** Distinct tokens of a tile at most, where rows are shorter: by measurement, the matrix products gain nothing from more. */
const LARGEST = 768;
/** Fewer tokens than this are not shared between threads. */
const SHARED = 256;
/** How far a tile may be from its equal share, to end where rows have little in common. */
const SLACK = 0.25;
/** Places of a tile, padding included, at most so many times the rows' own. */
const PADDING = 2;

/** Number of tokens at the beginning of both. */
export function commonPrefix(a: Int32Array, b: Int32Array): number {
  const end = Math.min(a.length, b.length);
  for (let t = 0; t < end; t++) if (a[t] !== b[t]) return t;
  return end;
}

/**
 * Cuts the chosen rows into tiles of nearly equal work, rows that begin alike together: what they have in common is computed once in a
 * tile. The rule sees the rows alone, never the number of threads, which must not change a bit of the result.
 * @returns indices of rows, in the order of their tokens
 */
export function cutTiles(rows: readonly Int32Array[], chosen: readonly number[], lanes: number): number[][] {
  const sorted = chosen.toSorted((a, b) => compare(rows[a]!, rows[b]!) || a - b);
  const lengths = sorted.map((r) => rows[r]!.length);
  const shared = sorted.map((r, i) => (i === 0 ? 0 : commonPrefix(rows[sorted[i - 1]!]!, rows[r]!)));
  const total = lengths.reduce((sum, length, i) => sum + length - shared[i]!, 0);
  const share = total / tileCount(total, lanes);
  const tiles: number[][] = [];
  for (let start = 0; start < sorted.length;) {
    const end = tileEnd(lengths, shared, start, share);
    tiles.push(sorted.slice(start, end));
    start = end;
  }
  return tiles;
}

/** Up to `lanes` a power of two, beyond a multiple of `lanes`, so that threads have equal shares. */
function tileCount(total: number, lanes: number): number {
  const wanted = Math.max(Math.ceil(total / LARGEST), total >= SHARED ? 2 : 1);
  return wanted > lanes ? lanes * Math.ceil(wanted / lanes) : 2 ** Math.ceil(Math.log2(wanted));
}

/** The end of the tile that begins at `start`: where neighbours share least, among the ends near an equal share of the work. */
function tileEnd(lengths: readonly number[], shared: readonly number[], start: number, share: number): number {
  let tokens = lengths[start]!;
  let own = tokens;
  let longest = tokens;
  let best = 0;
  for (let end = start + 1; end < lengths.length; end++) {
    if (tokens >= (1 - SLACK) * share) {
      const less = best === 0 || shared[end]! < shared[best]!;
      if (less || (shared[end] === shared[best] && tokens <= share)) best = end;
    }
    tokens += lengths[end]! - shared[end]!;
    if (tokens > (1 + SLACK) * share) return best === 0 ? end : best;
    own += lengths[end]!;
    longest = Math.max(longest, lengths[end]!);
    if ((end - start + 1) * longest > PADDING * own) return end;
  }
  return lengths.length;
}

/** The order of tokens, a beginning before what it begins. */
function compare(a: Int32Array, b: Int32Array): number {
  const t = commonPrefix(a, b);
  return (a[t] ?? -1) - (b[t] ?? -1);
}
