import { stream, type Stream } from "@touchstone/core";
import { ADAPTIVE, mean } from "@touchstone/stats";
import { expect, test } from "vitest";
import { playedBatches } from "../src/allocation-batches.ts";
import { batchEstimate } from "../src/allocation-estimate.ts";
import { studyAllocation, type AllocationPolicy } from "../src/allocation.ts";

test("batches of a partition are disjoint, and groups share no problem in any partition", () => {
  const batches = playedBatches(403, 5, 10, 7);
  for (const partition of Map.groupBy(batches, (one) => one.partition).values()) {
    expect(partition).toHaveLength(80);
    expect(new Set(partition.flatMap(({ members }) => members)).size).toBe(400);
  }
  const groupOf = new Map<number, Set<number>>();
  for (const { members, group } of batches) {
    for (const problem of members) groupOf.set(problem, (groupOf.get(problem) ?? new Set()).add(group));
  }
  // All 403 are played at some time, each in one group only.
  expect(groupOf.size).toBe(403);
  expect([...groupOf.values()].every((groups) => groups.size === 1)).toBe(true);
  expect(new Set(batches.map(({ group }) => group)).size).toBe(20);
  const first = (partition: number) => batches.find((one) => one.partition === partition)!.members;
  expect(first(0)).not.toEqual(first(1));
});

test.each([
  // Problems, batch size, groups: batches 80, 26, 20, 19, 6, 1.
  [400, 5, 20],
  [400, 15, 13],
  [400, 20, 10],
  [57, 3, 10],
  [20, 3, 6],
  [5, 5, 1],
])("%i problems in batches of %i form %i groups", (problems, size, groups) => {
  expect(new Set(playedBatches(problems, size, 2, 1).map(({ group }) => group)).size).toBe(groups);
});

test("a group's batches count as one, over all partitions", () => {
  const once = [0.4, 0.5, 0.6, 0.7].map((value, batch) => ({ partition: 0, batch, group: batch, value }));
  const twice = [...once, ...once.map((entry) => ({ ...entry, partition: 1 }))];
  // Squared deviations .15² + .05² + .05² + .15² = .05, sd² = .05/3, over 4 batches.
  const expected = Math.sqrt(0.05 / 3 / 4);
  expect(batchEstimate(once)).toMatchObject({ estimate: expect.closeTo(0.55, 12), batches: 4, partitions: 1 });
  expect(batchEstimate(once).standardError).toBeCloseTo(expected, 12);
  // The same values again say nothing about other problems.
  expect(batchEstimate(twice).standardError).toBeCloseTo(expected, 12);
  expect(batchEstimate(twice)).toMatchObject({ batches: 4, partitions: 2, groups: 4 });
  expect(batchEstimate(twice).monteCarloError).toBeCloseTo(0, 12);
  // Two groups with means .45 and .65: (.2/2)/√1 = .1.
  const paired = once.map((entry) => ({ ...entry, group: Math.floor(entry.batch / 2) }));
  expect(batchEstimate(paired).standardError).toBeCloseTo(0.1, 12);
});

/** Share of intervals that hold the truth, in worlds drawn again and again. */
function coverage(
  worlds: number,
  truth: number,
  interval: (world: number) => { readonly low: number; readonly high: number },
) {
  const hits = Array.from({ length: worlds }, (_, world) => interval(world)).filter(
    ({ low, high }) => low <= truth && truth <= high,
  );
  return hits.length / worlds;
}

/** Values of all batches where a problem's effect is uniform on [0, 1]. */
function valuesOf(world: Stream, problems: number, size: number, value: (effects: number[], play: Stream) => number) {
  const effects = Array.from({ length: problems }, () => world.uniform());
  const play = world.child("plays");
  return playedBatches(problems, size, 4, world.integer(1 << 30)).map(({ members, ...where }) => ({
    ...where,
    value: value(
      members.map((i) => effects[i]!),
      play,
    ),
  }));
}

const highestOf = (effects: number[]) => Math.max(...effects);
const noise = (_effects: number[], play: Stream) => play.normal();

test.each([
  // All is chance of the play: partitions average it away. All is the problems, added up: partitions change nothing. And both, with
  // what only this company of problems makes: the highest of K uniform effects has mean K/(K + 1).
  ["chance of the play", 200, 5, 0, noise],
  ["effects of problems", 200, 10, 0.5, mean],
  ["company and chance", 57, 3, 0.75, (e: number[], p: Stream) => highestOf(e) + 0.1 * p.normal()],
] as const)(
  "95 %% intervals hold the truth as often: %s, %i problems in batches of %i",
  (_what, problems, size, truth, value) => {
    const held = coverage(1000, truth, (world) =>
      batchEstimate(valuesOf(stream(world, "coverage"), problems, size, value)),
    );
    // 95 % of 1,000 has a standard error of .7 %.
    expect(held).toBeGreaterThan(0.93);
    expect(held).toBeLessThan(0.97);
  },
);

test("of uniform allocation against itself, 95 % intervals hold the null value", () => {
  const uniform: AllocationPolicy = { name: "uniform", exploration: 1, rule: { ...ADAPTIVE, allocation: "uniform" } };
  const studies = Array.from({ length: 800 }, (_, world) => {
    const problems = Array.from({ length: 32 }, (_none, i) => {
      const random = stream(world, "problem", i);
      const deviation = Math.exp(0.5 * random.normal());
      return { id: `p-${i}`, rewards: Float64Array.from({ length: 6 }, () => deviation * random.normal()) };
    });
    const shape = { batchSize: 2, budget: 2, partitions: 2, runs: 2, seed: world };
    return studyAllocation({ ...shape, problems, policies: [uniform] })[0]!.metrics;
  });
  for (const [metric, truth] of [
    ["batch_win_rate", 0.5],
    ["mean_difference", 0],
  ] as const) {
    const held = coverage(studies.length, truth, (world) => studies[world]!.get(metric)!);
    expect(held).toBeGreaterThan(0.93);
    expect(held).toBeLessThan(0.97);
  }
});
