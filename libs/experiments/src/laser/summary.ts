import type { LaserEvaluationRow } from "@touchstone/core";
import { mean, pearson, standardDeviation, tInterval, type Interval } from "@touchstone/stats";

/** What a rule of training comes to, over seeds. */
export interface RuleSummary extends Interval {
  readonly rule: string;
  readonly noise: number;
  readonly seeds: number;
  /** Mean over seeds of the gold at the end of training, with its 95 % interval by Student's t. */
  readonly gold: number;
  readonly tokens: { readonly reward: number; readonly training: number };
  readonly flops: number;
  /** Correlation, over iterations of all seeds, of what the bandit earned with how much gold rose; NaN where there is no bandit. */
  readonly earnedWithGold: number;
}

/** The reported runs of an experiment, a line for each rule and noise. */
export function summarise(evaluations: readonly LaserEvaluationRow[]): readonly RuleSummary[] {
  const finals = evaluations.filter(({ role }) => role === "final");
  const last = Math.max(...finals.map(({ iteration }) => iteration));
  return [...Map.groupBy(finals, ({ rule, noise }) => `${rule} ${noise}`).values()].map((rows) => {
    const ends = rows.filter(({ metric, iteration }) => metric === "gold" && iteration === last);
    const golds = ends.map(({ estimate }) => estimate ?? Number.NaN);
    const gold = mean(golds);
    const standardError = standardDeviation(golds) / Math.sqrt(golds.length);
    return {
      rule: rows[0]!.rule,
      noise: rows[0]!.noise,
      seeds: ends.length,
      gold,
      ...tInterval(gold, standardError, golds.length - 1),
      tokens: {
        reward: mean(ends.map((row) => row.reward_tokens)),
        training: mean(ends.map((row) => row.training_tokens)),
      },
      flops: mean(ends.map(({ flops }) => flops)),
      earnedWithGold: earnedWithGold(rows),
    };
  });
}

/**
 * What reviewers of the paper ask for: a bandit that is paid by minus the training loss learns which reward model agrees with the policy,
 * which may or may not be the one that makes it better.
 */
function earnedWithGold(rows: readonly LaserEvaluationRow[]): number {
  const value = new Map(
    rows.map(({ seed, iteration, metric, estimate }) => [`${seed} ${iteration} ${metric}`, estimate]),
  );
  const pairs = rows.flatMap(({ seed, iteration, metric, estimate }) => {
    if (metric !== "earned" || estimate === null) return [];
    const [now, before] = [iteration, iteration - 1].map((at) => value.get(`${seed} ${at} gold`));
    return now == null || before == null ? [] : [[estimate, now - before] as const];
  });
  return pairs.length < 3
    ? Number.NaN
    : pearson(
        pairs.map(([earned]) => earned),
        pairs.map(([, rise]) => rise),
      );
}
