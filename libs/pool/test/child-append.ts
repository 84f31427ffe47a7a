// Appends until it is killed; says on stdout, after each append returned, which tile is stored.
import { openPool } from "../src/index.ts";
import { continuationOf, KEY, MODEL, promptOf, samplesOf } from "./fixtures.ts";

const TILE = 16;
const PROBLEMS = 4;
const pool = await openPool(process.argv[2]!);
const stored = await pool.counts(
  KEY,
  Array.from({ length: PROBLEMS }, (_, p) => promptOf(`p${p}`)),
);
process.stdout.write("open\n");
for (let tile = Math.min(...stored.values()) / TILE; ; tile++) {
  for (let p = 0; p < PROBLEMS; p++) {
    const problem = `p${p}`;
    const samples = samplesOf(problem, tile * TILE, TILE);
    await pool.appendSamples(KEY, [{ ...promptOf(problem), promptTokens: 9, samples, seconds: 1 }]);
    process.stdout.write(`${problem} ${(tile + 1) * TILE}\n`);
    const rows = samples.map(({ index }) => ({ ...promptOf(problem), index, value: index / 2, tokens: 3, seconds: 0 }));
    await pool.appendRewards(KEY, MODEL, rows);
    process.stdout.write(`${problem} rewarded ${(tile + 1) * TILE}\n`);
    const steps = samples.map(({ index }) => continuationOf(problem, index));
    await pool.appendContinuations(KEY, steps);
    process.stdout.write(`${problem} continued ${(tile + 1) * TILE}\n`);
  }
}
