import type { SampleRequest } from "@touchstone/core";
import { stream } from "@touchstone/core";

/** Rows of one problem that are drawn in one run. */
export interface Tile {
  /** Position of the request. */
  readonly request: number;
  /** Index of the first sample. */
  readonly first: number;
  readonly rows: number;
}

/**
 * Cuts a request into tiles: aligned blocks of `tile` consecutive sample indices, whole ones, so that a sample does not depend
 * on how many were asked for. A continuation (a request with a prefix) draws exactly its rows: its tile is its request.
 */
export function tilesOf(request: SampleRequest, position: number, tile: number): Tile[] {
  const { first, count } = request;
  if (request.prefix !== undefined) {
    return Array.from({ length: Math.ceil(count / tile) }, (_, block) => ({
      request: position,
      first: first + block * tile,
      rows: Math.min(tile, count - block * tile),
    }));
  }
  const from = Math.floor(first / tile);
  const to = Math.ceil((first + count) / tile);
  return Array.from({ length: to - from }, (_, block) => ({
    request: position,
    first: (from + block) * tile,
    rows: tile,
  }));
}

/**
 * Uniforms of a tile, [steps, rows]: row r, step t holds number `start + t` of the stream of its sample (law 2). `start` is the
 * length of the prefix, so that a response continued from its own beginning is drawn from the same numbers.
 */
export function tileUniforms(
  request: SampleRequest,
  { first, rows }: Tile,
  start: number,
  steps: number,
): Float32Array {
  const uniforms = new Float32Array(steps * rows);
  for (let row = 0; row < rows; row++) {
    const random = stream(request.seed, "sample", request.problem.id, first + row, request.step ?? 0);
    for (let step = 0; step < steps; step++) uniforms[step * rows + row] = random.uniform32At(start + step);
  }
  return uniforms;
}
