import { join } from "node:path";
import { expect, it } from "vitest";
import { stream } from "@touchstone/core";
import { inspectPool, openPool, POOL_VERSION } from "../src/index.ts";
import { startChild } from "./children.ts";
import { continuationOf, KEY, MODEL, promptOf, sampleOf, temporaryFolder } from "./fixtures.ts";

const TRIALS = 20;
const TILE = 16;
const PROBLEMS = ["p0", "p1", "p2", "p3"].map((problem) => promptOf(problem));

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it(
  `a process killed at a random moment, ${TRIALS} times, loses at most the batch in flight`,
  { timeout: 600_000 },
  async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "pool");
    const random = stream(1, "kill");
    const acknowledged = new Map<string, number>();
    /** Ends of the tiles whose rewards, or whose continuations, were acknowledged; a kill may have fallen between. */
    const none = () => new Map(PROBLEMS.map(({ problem }) => [problem, new Set<number>()]));
    const ends = { rewarded: none(), continued: none() };
    for (let trial = 0; trial < TRIALS; trial++) {
      await using child = startChild("child-append.ts", path);
      await child.said("open");
      // After a random number of appends, at a random moment of the next ones: however slow the machine, some were made.
      await child.wrote(2 + random.integer(24));
      await wait(random.uniform() * 30);
      await child.kill();
      for (const line of child.lines()) {
        const [problem, kind, end] = line.split(" ");
        if (kind === "rewarded" || kind === "continued") ends[kind].get(problem!)!.add(Number(end));
        else if (kind !== undefined) acknowledged.set(problem!, Number(kind));
      }

      await using pool = await openPool(path);
      const columns = await pool.samples(KEY, PROBLEMS, 1e6);
      const rewards = await pool.rewards(KEY, MODEL, PROBLEMS, 1e6);
      let beyond = 0;
      for (const { problem } of PROBLEMS) {
        const { size, text } = columns.get(problem)!;
        const known = acknowledged.get(problem) ?? 0;
        expect(size).toBeGreaterThanOrEqual(known);
        expect(size % TILE).toBe(0);
        beyond += size - known;
        acknowledged.set(problem, size);
        text.forEach((value, index) => expect(value).toBe(`${problem} #${index}`));
        const { present, values } = rewards.get(problem)!;
        for (const end of ends.rewarded.get(problem)!) {
          for (let index = end - TILE; index < end; index++) {
            expect(present[index]).toBe(1);
            expect(values[index]).toBe(index / 2);
          }
        }
      }
      const wanted = PROBLEMS.flatMap(({ problem }) =>
        [...ends.continued.get(problem)!].flatMap((end) =>
          Array.from({ length: TILE }, (_, i) => continuationOf(problem, end - TILE + i)),
        ),
      );
      const continued = await pool.continuations(KEY, wanted);
      expect(continued.map((row) => row?.sample)).toEqual(wanted.map(({ sample }) => sample));
      // At most one batch can have been stored without its acknowledgement having been read.
      expect(beyond).toBeLessThanOrEqual(TILE);
      for (const tokens of (await pool.sampleTokens(KEY, PROBLEMS[0]!, 1e6)).slice(-TILE)) {
        expect(tokens.tokens).toEqual(sampleOf("p0", tokens.index).tokens);
      }
    }
    expect(Math.min(...acknowledged.values())).toBeGreaterThan(TILE);
  },
);

it(
  "a process killed while it makes the pool leaves a folder in which it is made anew",
  { timeout: 300_000 },
  async () => {
    for (const ms of [300, 900, 1500, 2500]) {
      using folder = temporaryFolder();
      const path = join(folder.path, "pool");
      {
        await using child = startChild("child-append.ts", path);
        await wait(ms);
        await child.kill();
      }
      await using pool = await openPool(path);
      expect((await pool.info()).pools.length).toBeLessThanOrEqual(1);
      expect(inspectPool(path)).toMatchObject({ state: "pool", version: POOL_VERSION, owner: { pid: process.pid } });
    }
  },
);
