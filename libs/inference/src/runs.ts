import type { SampleRequest } from "@touchstone/core";
import { decodingId, stream } from "@touchstone/core";
import type { Prompts } from "@touchstone/graph";
import { lawOf } from "./decoding.ts";

/** A sample to be drawn: of which request, and which index. */
export interface Row {
  /** Position of the request. */
  readonly request: number;
  readonly index: number;
}

/** Rows that are drawn together. */
export interface Run {
  readonly rows: readonly Row[];
  /** `shared`, `resumed-shared`: all rows continue one prompt; `separate`, `resumed`: each has one of its own. */
  readonly prompts: Prompts;
  /** Most new tokens of any row. */
  readonly steps: number;
  /** The worker that keeps most of what the rows go on from. */
  readonly home?: number;
}

/** Rows of one prefix from which a run of their own, that computes the prefix once, beats sharing runs with others (docs/engine.md). */
const SHARED_FROM = 4;

/**
 * Cuts requests into runs (law 2).
 *
 * Fresh samples are drawn in tiles: aligned blocks of `tile` consecutive indices of one problem, always whole, so that a sample does not
 * depend on how many were asked for. Continuations (requests with a prefix) draw exactly their rows, their tile is the ordered list of
 * requests: a request of many rows makes runs of its own, rows of requests of a few share runs where the decoding is the same, those with
 * contexts of similar length together, because all are padded to the longest. Greedy rows of a request are all alike, so one is drawn, alone.
 * @param contextTokens tokens of a request's prompt and prefix
 * @param held what each worker keeps of it; absent where nothing is kept from run to run
 */
export function planRuns(
  requests: readonly SampleRequest[],
  positions: readonly number[],
  tile: number,
  contextTokens: (request: number) => number,
  held?: (request: number) => readonly number[],
): Run[] {
  const runs: Run[] = [];
  const singles = new Map<string, Row[]>();
  for (const request of positions) {
    const { first, count, prefix, decoding } = requests[request]!;
    const steps = decoding.maxTokens - (prefix?.length ?? 0);
    const add = (from: number, to: number, kept?: readonly number[]) => {
      const rows = Array.from({ length: to - from }, (_, i) => ({ request, index: from + i }));
      if (kept === undefined || rows.length === 1) runs.push({ rows, prompts: "shared", steps });
      else runs.push({ rows, prompts: "resumed-shared", steps, ...mostOf(kept, contextTokens(request)) });
    };
    if (lawOf(decoding) === "greedy") add(first, first + 1);
    else if (prefix === undefined) {
      const end = Math.ceil((first + count) / tile) * tile;
      for (let from = Math.floor(first / tile) * tile; from < end; from += tile) add(from, from + tile);
    } else if (count >= SHARED_FROM) {
      const end = first + count;
      for (let from = first; from < end; from += tile) add(from, Math.min(from + tile, end), held?.(request));
    } else {
      const key = decodingId(decoding);
      const together = singles.get(key) ?? [];
      for (let index = first; index < first + count; index++) together.push({ request, index });
      singles.set(key, together);
    }
  }
  const several = held === undefined ? "separate" : "resumed";
  for (const together of singles.values()) {
    const kept = held && together.map((row) => held(row.request));
    const width = kept === undefined ? separateRows(tile) : resumedRows(tile, kept[0]!.length, together.length);
    for (const { home, rows } of byHome(together, width, kept)) {
      rows.sort(
        (a, b) => contextTokens(b.request) - contextTokens(a.request) || a.request - b.request || a.index - b.index,
      );
      for (let from = 0; from < rows.length; from += width) {
        const chunk = rows.slice(from, from + width);
        const steps = Math.max(...chunk.map((row) => stepsOf(requests[row.request]!)));
        runs.push({ rows: chunk, prompts: chunk.length > 1 ? several : "shared", steps, ...home });
      }
    }
  }
  return runs;
}

/** The worker that keeps most of a context, where that is half of it or more: all begin alike, and idle workers serve as well. */
function mostOf(kept: readonly number[], contextTokens: number): { readonly home?: number } {
  const most = Math.max(...kept);
  return 2 * most >= contextTokens ? { home: kept.indexOf(most) } : {};
}

/**
 * Parts rows among workers: to the one that keeps most of a row's context, as long as none has more than its share of the runs, which
 * weighs more than reading some rows again.
 * @param kept by row, what each worker keeps of its context
 */
function byHome(
  rows: readonly Row[],
  width: number,
  kept: readonly (readonly number[])[] = [],
): { readonly home?: { readonly home: number }; readonly rows: Row[] }[] {
  const wanted = rows.map((row, i) => {
    const tokens = kept[i] ?? [];
    const most = Math.max(0, ...tokens);
    return { row, most, home: tokens.indexOf(most), workers: tokens.length };
  });
  if (wanted.every(({ most }) => most === 0)) return [{ rows: [...rows] }];
  const parts = Array.from({ length: wanted[0]!.workers }, (_, home) => ({ home: { home }, rows: [] as Row[] }));
  const share = Math.ceil(Math.ceil(rows.length / width) / parts.length) * width;
  for (const { row, home } of wanted.toSorted((a, b) => b.most - a.most)) {
    const own = parts[home]!;
    const least = parts.reduce((a, b) => (b.rows.length < a.rows.length ? b : a));
    (own.rows.length < share ? own : least).rows.push(row);
  }
  return parts;
}

/**
 * Rows of a run in which each has a context of its own. Of a small model, whose contexts cost more than its weights, half a tile: as
 * fast in sum, and the runs of a few dozen chains can be dealt out evenly over workers (docs/performance.md).
 */
function separateRows(tile: number): number {
  return tile <= 32 ? Math.ceil(tile / 2) : tile;
}

/**
 * The same of rows whose contexts are mostly kept. What a run costs is then its steps, as many as its longest row draws, however few rows
 * are left: as few runs as tiles allow, an equal number for each worker, and none narrower than without.
 */
function resumedRows(tile: number, workers: number, rows: number): number {
  const runs = Math.ceil(rows / (workers * tile));
  return Math.max(separateRows(tile), Math.ceil(rows / (workers * runs)));
}

/** New tokens that a request may draw. */
export function stepsOf({ decoding, prefix }: SampleRequest): number {
  return decoding.maxTokens - (prefix?.length ?? 0);
}

/**
 * Uniforms of a run, [steps, rows]: each row reads the stream of its sample (law 2), from the position where its prefix ends, so that a
 * response continued from its own beginning is drawn from the same numbers.
 */
export function uniformsOf(requests: readonly SampleRequest[], { rows, steps }: Run): Float32Array {
  const uniforms = new Float32Array(steps * rows.length);
  for (const [column, { request, index }] of rows.entries()) {
    const { seed, problem, step = 0, prefix } = requests[request]!;
    const start = prefix?.length ?? 0;
    const random = stream(seed, "sample", problem.id, index, step);
    for (let t = 0; t < steps; t++) uniforms[t * rows.length + column] = random.uniform32At(start + t);
  }
  return uniforms;
}
