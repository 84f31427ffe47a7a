import type { AllocationRow, CurveRow, DiagnosticRow, RunResults } from "@touchstone/core";

const PLAIN = ["self-certainty", "confidence-vote", "adaptive-consistency", "mbr", "power-sampling", "greedy"];
const REWARDED = [
  "soft-best-of-n",
  "majority-of-the-bests",
  "pessimistic-best-of-n",
  "mbr-best-of-n",
  "rejection-sampling",
  "best-of-poisson",
  "speculative-rejection",
  "particle-filtering",
  "qalign",
  "quest",
];

/**
 * A simulated run as if another sixteen methods had taken part, each the equal of a method that did; with a bandit's
 * regret, a chain's numbers, and a study of allocation.
 */
export function crowdedRun(run: RunResults): RunResults {
  const copies = new Map([
    ["majority-vote", PLAIN],
    ["best-of-n", REWARDED],
  ]);
  const withCopies = <Row extends { method: string }>(rows: readonly Row[]): Row[] => [
    ...rows,
    ...rows.flatMap((row) => (copies.get(row.method) ?? []).map((method) => ({ ...row, method }))),
  ];
  const first = run.results[0]!;
  const { suite, dataset, split, model, decoding } = first;
  const setting = { suite, dataset, split, model, decoding };
  const rewardModel = run.results.find(({ reward_model: name }) => name !== "")!.reward_model;
  return {
    ...run,
    results: withCopies(run.results),
    questions: withCopies(run.questions),
    comparisons: withCopies(run.comparisons),
    diagnostics: [
      ...run.diagnostics,
      ...[
        ["acceptance_rate", 0.42],
        ["effective_sample_size", 17.5],
      ].map(([name, value]): DiagnosticRow => ({
        ...setting,
        subject: "qalign",
        reward_model: rewardModel,
        budget: 16,
        name: String(name),
        value: Number(value),
        standard_error: 0.01,
        problems: first.problems,
      })),
    ],
    curves: ["regret", "regret_of_random_choice"].flatMap((name, i) =>
      Array.from({ length: 40 }, (_, step): CurveRow => ({
        ...setting,
        method: "laser",
        parameters: "{}",
        reward_model: "arith-good+arith-blind",
        budget_unit: "samples",
        budget: 16,
        name,
        step: step + 1,
        value: i === 0 ? Math.sqrt(step + 1) : (step + 1) / 2,
        seed: 1,
      })),
    ),
    allocation: [
      ["batch_win_rate", 0.61, 0.5],
      ["survival_time", 41.2, 13.2],
    ].map(([metric, estimate, null_value]): AllocationRow => ({
      ...setting,
      reward_model: rewardModel,
      policy: "adaptive",
      parameters: "{}",
      comparator: "uniform",
      batch_size: 5,
      budget: 12,
      metric: String(metric),
      estimate: Number(estimate),
      standard_error: 0.02,
      ci_low: Number(estimate) - 0.04,
      ci_high: Number(estimate) + 0.04,
      null_value: Number(null_value),
      batches: 12,
      partitions: 10,
      runs: 20,
      monte_carlo_error: 0.001,
      seed: 1,
    })),
  };
}
