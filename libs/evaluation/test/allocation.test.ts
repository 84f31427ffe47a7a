import { allocationRow, stream } from "@touchstone/core";
import { ADAPTIVE, type AllocationRule } from "@touchstone/stats";
import { expect, test } from "vitest";
import { allocationRows } from "../src/allocation-rows.ts";
import { allocationPoolSize, studyAllocation, type AllocationStudy } from "../src/allocation.ts";

const policy = (name: string, rule: Partial<AllocationRule>, exploration = 0.75) => ({
  name,
  exploration,
  rule: { ...ADAPTIVE, ...rule },
});
const uniform = policy("uniform", { allocation: "uniform" });
const adaptive = policy("adaptive", {});
const sd = policy("sd", { allocation: "sd-proportional" });
const lowest = policy("lowest", { allocation: "lowest-maximum-first" });

/** Gaussian rewards: means of unit deviation, logarithms of the deviations of deviation `spread`. */
function gaussianProblems(count: number, draws: number, spread: number) {
  return Array.from({ length: count }, (_, i) => {
    const random = stream(11, "problem", i);
    const [centre, deviation] = [random.normal(), Math.exp(spread * random.normal())];
    return { id: `p-${i}`, rewards: Float64Array.from({ length: draws }, () => centre + deviation * random.normal()) };
  });
}

function estimates(study: AllocationStudy) {
  return new Map(
    studyAllocation(study).map(({ policy: { name }, metrics }) => [
      name,
      (metric: Parameters<typeof metrics.get>[0]) => metrics.get(metric)!.estimate,
    ]),
  );
}

test("a pool holds the worst case of both sides without overlap", () => {
  // d + K(B − d) + 2B = 90 + 150 + 240, and 90 + 450 + 240.
  expect(allocationPoolSize({ batchSize: 5, budget: 120, policies: [adaptive] })).toBe(480);
  expect(allocationPoolSize({ batchSize: 15, budget: 120, policies: [uniform, adaptive] })).toBe(780);
  // Against another policy both sides can take the worst case: 2 · 240.
  expect(allocationPoolSize({ batchSize: 5, budget: 120, policies: [adaptive], comparator: sd })).toBe(480);
});

test("simulated Gaussian rewards give the known gains of adaptive allocation", () => {
  // K = 5, B = 120, log-deviation of the spreads 1, medians over batches of our own larger simulation: uniform .50/132.8/.50, adaptive
  // .58/147/.50, in proportion to the spread .565/145/.49, all to the lowest maximum .395/115/.48.
  const shape = { batchSize: 5, budget: 120, policies: [uniform, adaptive, sd, lowest] };
  const problems = gaussianProblems(60, allocationPoolSize(shape), 1);
  const results = estimates({ ...shape, problems, partitions: 2, runs: 40, seed: 3 });
  const near = (name: string, winRate: number, survival: number) => {
    const of = results.get(name)!;
    // 24 batches whose win rates deviate by about .07: four standard errors.
    expect(Math.abs(of("batch_win_rate") - winRate)).toBeLessThan(0.06);
    expect(Math.abs(of("survival_time") - survival)).toBeLessThan(10);
  };
  near("uniform", 0.5, 132.8);
  near("adaptive", 0.58, 147);
  near("sd", 0.565, 145);
  near("lowest", 0.395, 115);
  const wins = (name: string) => results.get(name)!("problem_win_rate");
  for (const name of ["uniform", "adaptive", "sd"]) expect(Math.abs(wins(name) - 0.5)).toBeLessThan(0.03);
  // What wins batches need not win problems: the widest rewards decide the sum.
  expect(wins("adaptive") - wins("uniform")).toBeLessThan(results.get("adaptive")!("batch_win_rate") - 0.5);
});

test("the larger comparator has 1.2 times the budget, and draws of its own", () => {
  // Of 10 + 12 draws without ties the highest is among the first 10 with chance 10/22, whatever the pool.
  const shape = { batchSize: 1, budget: 10, policies: [uniform] };
  const [problems, runs] = [40, 250];
  const pools = gaussianProblems(problems, allocationPoolSize(shape), 1);
  const wins = estimates({ ...shape, problems: pools, partitions: 1, runs, seed: 7 }).get("uniform")!;
  const error = 4 * Math.sqrt(0.25 / (problems * runs));
  expect(Math.abs(wins("batch_win_rate_larger") - 10 / 22)).toBeLessThan(error);
  expect(Math.abs(wins("batch_win_rate") - 1 / 2)).toBeLessThan(error);
});

test("knowing the true laws is at least as good as estimating them", () => {
  const oracle = { name: "oracle", exploration: 0.5, rule: "oracle" } as const;
  const shape = { batchSize: 4, budget: 24, policies: [policy("adaptive", {}, 0.5), oracle] };
  const problems = gaussianProblems(40, allocationPoolSize(shape), 0.5);
  const results = estimates({ ...shape, problems, partitions: 4, runs: 40, seed: 5 });
  expect(results.get("oracle")!("mean_difference")).toBeGreaterThan(results.get("adaptive")!("mean_difference"));
});

test("a policy against itself wins half of its batches, with draws of its own", () => {
  const shape = { batchSize: 3, budget: 16, policies: [adaptive], comparator: adaptive };
  const problems = gaussianProblems(60, allocationPoolSize(shape), 1);
  const [outcome] = studyAllocation({ ...shape, problems, partitions: 2, runs: 30, seed: 5 });
  expect([...outcome!.metrics.keys()]).toEqual(["batch_win_rate", "problem_win_rate", "mean_difference"]);
  const { estimate, standardError } = outcome!.metrics.get("batch_win_rate")!;
  expect(Math.abs(estimate - 0.5)).toBeLessThan(4 * standardError);
  expect(standardError).toBeLessThan(0.05);
});

test("the same study gives the same numbers again, and another seed plays other batches", () => {
  const shape = { batchSize: 3, budget: 12, policies: [adaptive] };
  const problems = gaussianProblems(9, allocationPoolSize(shape), 1);
  const study = { ...shape, problems, partitions: 2, runs: 3, seed: 5 };
  expect(studyAllocation(study)).toEqual(studyAllocation(study));
  expect(studyAllocation({ ...study, seed: 6 })).not.toEqual(studyAllocation(study));
});

test("problems whose rewards all failed are left out; failed draws never win", () => {
  const shape = { batchSize: 2, budget: 12, policies: [uniform] };
  const size = allocationPoolSize(shape);
  const failing = { id: "all", rewards: new Float64Array(size).fill(Number.NaN) };
  const some = gaussianProblems(4, size, 0).map(({ id, rewards }) => ({
    id,
    rewards: rewards.map((reward, i) => (i % 3 === 0 ? Number.NaN : reward)),
  }));
  const [outcome] = studyAllocation({ ...shape, problems: [failing, ...some], partitions: 1, runs: 5, seed: 1 });
  expect(outcome!.metrics.get("batch_win_rate")).toMatchObject({ batches: 2, partitions: 1 });
  for (const { estimate } of outcome!.metrics.values()) expect(estimate).not.toBeNaN();
});

test("a pool or a set of problems that is too small is refused in words", () => {
  const study = { batchSize: 5, budget: 120, policies: [adaptive], seed: 1 };
  const refused = (problems: AllocationStudy["problems"]) => () => studyAllocation({ ...study, problems });
  expect(refused(gaussianProblems(5, 479, 1))).toThrow(
    /pool-too-small: .* 5 problems at 120 .* 480 samples.*Received: 479\./,
  );
  expect(refused(gaussianProblems(4, 480, 1))).toThrow(/too-few-problems: .*Received: 4\./);
});

test("a study becomes rows of allocation.csv, with the null value that survival is read against", () => {
  const shape = { batchSize: 2, budget: 12, policies: [uniform, adaptive] };
  const study = { ...shape, partitions: 1, runs: 2, seed: 1 };
  const outcomes = studyAllocation({ ...study, problems: gaussianProblems(4, allocationPoolSize(shape), 1) });
  const scene = { suite: "s", dataset: "d", split: "test", model: "m", decoding: "t=1", reward_model: "r" };
  const rows = allocationRows(scene, study, outcomes);
  expect(rows).toHaveLength(2 * 6);
  for (const row of rows) expect(allocationRow.parse(row)).toEqual(row);
  // Σ_{n<24} 12/(12 + n) = 12 (H_35 − H_11), with H_35 = 4.1467814 and H_11 = 3.0198773.
  const survival = rows.find(({ policy: name, metric }) => name === "adaptive" && metric === "survival_time");
  expect(survival).toMatchObject({
    comparator: "uniform",
    batches: 2,
    runs: 2,
    null_value: expect.closeTo(13.5228, 3),
  });
  expect(survival!.parameters).toMatch(/"allocation":"greedy","density":"kernel".*"exploration":0.75/);
});
