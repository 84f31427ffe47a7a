import { expect, test } from "vitest";
import { tileInputs } from "../src/tile-inputs.ts";
import { commonPrefix, cutTiles } from "../src/tiles.ts";

const row = (...tokens: number[]): Int32Array => Int32Array.from(tokens);

/** Eight rollouts for each of forty prompts, the prompts dealt in turn: 320 rows of 25 to 55 tokens. */
const rollouts = Array.from({ length: 320 }, (_, r) => {
  const prompt = r % 40;
  const own = 5 + ((r * 37) % 31);
  return Int32Array.from({ length: 20 + own }, (_unused, t) => (t < 20 ? prompt : 100 + r));
});
const all = [...rollouts.keys()];

/** Tokens that a tile computes. */
const work = (tile: readonly number[]): number =>
  tile.reduce((sum, r, i) => {
    const before = i === 0 ? row() : rollouts[tile[i - 1]!]!;
    return sum + rollouts[r]!.length - commonPrefix(before, rollouts[r]!);
  }, 0);

test("every chosen row lies in one tile, beside the rows that begin like it", () => {
  const chosen = all.filter((r) => r % 3 !== 0);
  const order = cutTiles(rollouts, chosen, 8).flat();
  expect(order.toSorted((a, b) => a - b)).toEqual(chosen);
  // Each prompt is met once in the order.
  const changes = order.filter((r, i) => i === 0 || r % 40 !== order[i - 1]! % 40);
  expect(changes.length).toBe(40);
});

test("tiles have nearly equal work and end where prompts end", () => {
  const tiles = cutTiles(rollouts, all, 8);
  expect(tiles.length).toBeGreaterThanOrEqual(14);
  expect(tiles.length).toBeLessThanOrEqual(20);
  for (const tile of tiles.slice(0, -1)) expect(work(tile)).toBeGreaterThan(0.5 * Math.max(...tiles.map(work)));
  expect(Math.max(...tiles.map(work))).toBeLessThan(1.25 * 768);
  const total = tiles.reduce((sum, tile) => sum + work(tile), 0);
  const alone = rollouts.reduce((sum, { length }) => sum + length, 0);
  // 40 prompts of 20 tokens and 320 responses, against 320 of both.
  expect(total).toBeLessThan(alone - 0.95 * 280 * 20);
});

test("little work stays in one piece, and a long row does not stand beside short ones", () => {
  expect(cutTiles(rollouts, [0, 1, 2], 8).length).toBe(1);
  expect(cutTiles(rollouts, [], 8)).toEqual([]);
  const long = Int32Array.from({ length: 5000 }, () => 3);
  expect(cutTiles([long, row(3, 4), row(4)], [0, 1, 2], 8)).toEqual([[0], [1, 2]]);
});

test("what rows have in common stands once, and asks once", () => {
  const rows = [row(5, 6, 7, 1), row(5, 6, 8, 8, 2), row(5, 6, 8, 8, 3), row(9, 2)].map((tokens) => ({ tokens }));
  const coefficients = [row(0, 1, 2, 3), row(0, 4, 5, 6, 7), row(0, 1, 1, 1, 1), row(0, 8)];
  const inputs = tileInputs(
    rows,
    [0, 1, 2, 3],
    coefficients.map((given) => Float32Array.from(given)),
  );
  expect([...inputs.tokens]).toEqual([5, 6, 7, 8, 8, 9]);
  expect([...inputs.positions]).toEqual([0, 1, 2, 2, 3, 0]);
  expect([...inputs.pairs]).toEqual(
    [0, 6, 1, 7, 2, 1].concat([0, 6, 1, 8, 3, 8, 4, 2], [0, 6, 1, 8, 3, 8, 4, 3], [5, 2]),
  );
  expect([...inputs.coefficients!]).toEqual([1, 2, 3, 4, 5, 6, 7, 1, 1, 1, 1, 8]);
  // Every token asks at its home, with its own row before it.
  const width = inputs.queries.length / inputs.windows;
  const length = inputs.keys.length / inputs.windows;
  const paths = [[0], [0, 1], [0, 1, 2], [0, 1, 3], [0, 1, 3, 4], [5]];
  paths.forEach((path, token) => {
    const home = inputs.homes[token]!;
    expect(inputs.queries[home]).toBe(token);
    const first = length * Math.floor(home / width);
    expect([...inputs.keys.subarray(first, first + path.length)]).toEqual(path);
  });
});

test("windows are as wide as what responses add to their prompt, not as the prompt", () => {
  const alike = [0, 1, 2, 3, 4, 5, 6, 7].map((r) => ({
    tokens: Int32Array.from({ length: 101 }, (_, t) => (t < 90 ? t : r)),
  }));
  const inputs = tileInputs(alike, [...alike.keys()]);
  // A prompt of 90 tokens with a response of 10 that count, cut into ten, and seven more responses.
  expect([inputs.windows, inputs.queries.length, inputs.keys.length]).toEqual([17, 17 * 10, 17 * 100]);
});
