import { expect, test } from "vitest";
import { cutTiles } from "../src/tiles.ts";

const lengths = Array.from({ length: 300 }, (_, i) => 5 + ((i * 37) % 60));
const all = [...lengths.keys()];
const positions = (tile: { readonly rows: readonly number[] }): number =>
  tile.rows.reduce((sum, r) => sum + lengths[r]!, 0);

test("every chosen row lies in one tile, and tiles go from long rows to short ones", () => {
  const chosen = all.filter((r) => r % 3 !== 0);
  const tiles = cutTiles(lengths, chosen, 8);
  const order = tiles.flatMap(({ rows }) => rows);
  expect(order.toSorted((a, b) => a - b)).toEqual(chosen);
  expect(order.map((r) => lengths[r])).toEqual(order.map((r) => lengths[r]!).toSorted((a, b) => b - a));
  for (const { rows, length } of tiles) expect(length).toBe(Math.max(...rows.map((r) => lengths[r]!)));
});

test("tiles fill whole rounds of lanes with nearly equal work and little padding", () => {
  const tiles = cutTiles(lengths, all, 8);
  expect(tiles.length % 8).toBe(0);
  const work = tiles.map(positions);
  // A tile ends with the row that crosses its edge.
  expect(Math.max(...work) - Math.min(...work)).toBeLessThanOrEqual(2 * Math.max(...lengths));
  expect(Math.max(...work)).toBeLessThan(768 + Math.max(...lengths));
  const padded = tiles.reduce((sum, { rows, length }) => sum + rows.length * length, 0);
  expect(padded / work.reduce((sum, value) => sum + value)).toBeLessThan(1.15);
});

test("little work stays in one piece, and a row longer than a tile stays whole", () => {
  expect(cutTiles(lengths, [0, 1, 2], 8).length).toBe(1);
  expect(cutTiles(lengths, [], 8)).toEqual([]);
  expect(cutTiles([5000, 3], [0, 1], 8)).toEqual([
    { rows: [0], length: 5000 },
    { rows: [1], length: 3 },
  ]);
});
