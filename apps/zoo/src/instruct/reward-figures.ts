import { CONSTRAINT_KINDS, type ConstraintKind } from "@touchstone/tasks";
import { clusteredMean, mean, pairwiseAccuracy, quantile, standardDeviation } from "@touchstone/stats";
import { bestOf, figure, type Figure } from "../figures.ts";
import type * as scoring from "../score.ts";
import type { CheckedResponse } from "./draw.ts";
import type { ConstrainedProblem } from "./problems.ts";

export type Scored = scoring.Scored<ConstrainedProblem, CheckedResponse>;

/** Sample counts at which the proxy-gold curve is measured. */
const CURVE = [1, 4, 16, 64, 256] as const;

/** Levels of the normal-quantile table; the last ones are the upper tail. */
const LEVELS = [0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995] as const;

const clustersOf = (scored: readonly Scored[]): string[] => scored.map(({ problem }) => problem.cluster);
const samplesOf = (scored: readonly Scored[]): number => scored[0]?.responses.length ?? 0;

/** The problems that have a constraint of the kind, and where. */
export function withKind(
  scored: readonly Scored[],
  kind: ConstraintKind,
): { readonly one: Scored; readonly at: number }[] {
  return scored.flatMap((one) => {
    const at = one.problem.constraints.findIndex((constraint) => constraint.kind === kind);
    return at < 0 ? [] : [{ one, at }];
  });
}

/** How well the rewards order the responses of a problem: by gold, and by whether the constraint of each kind is kept. */
export function concordanceFigures(scored: readonly Scored[], split: string): Figure[] {
  const byGold = scored.map(
    ({ rewards, responses }) =>
      pairwiseAccuracy(
        rewards,
        responses.map(({ gold }) => gold),
      ).accuracy,
  );
  return [
    figure(
      "pairwise",
      `Chance that of two responses of a problem the one that meets more constraints gets the higher reward, ${split} split`,
      byGold,
      clustersOf(scored),
      samplesOf(scored),
    ),
    ...CONSTRAINT_KINDS.map((kind) => {
      const chosen = withKind(scored, kind);
      const values = chosen.map(
        ({ one: { rewards, responses }, at }) =>
          pairwiseAccuracy(
            rewards,
            responses.map(({ kept }) => Number(kept[at])),
          ).accuracy,
      );
      return figure(
        `pairwise-${kind}`,
        `The same for responses that keep a constraint of the kind \`${kind}\` over those that break it`,
        values,
        clustersOf(chosen.map(({ one }) => one)),
        samplesOf(scored),
      );
    }),
  ];
}

/** The spread over problems of the logarithm of the rewards' standard deviation within a problem. */
export function heterogeneityFigure(scored: readonly Scored[], split: string): Figure {
  const logs = scored.map(({ rewards }) => Math.log(standardDeviation(rewards)));
  const centre = mean(logs);
  const squares = logs.map((log) => (log - centre) ** 2);
  const { estimate, low, high, n, clusters } = clusteredMean(squares, clustersOf(scored));
  // The interval of the mean square, carried through the root.
  const root = (value: number): number => Number(Math.sqrt(Math.max(0, value)).toFixed(6));
  return {
    name: "heterogeneity",
    text: `Standard deviation over problems of the log of the rewards' standard deviation within a problem, ${split} split`,
    estimate: root(estimate),
    low: root(low),
    high: root(high),
    problems: n,
    clusters,
    samples: samplesOf(scored),
  };
}

export function distinctFigure(scored: readonly Scored[]): Figure {
  const values = scored.map(({ rewards }) => new Set(rewards).size);
  const samples = samplesOf(scored);
  return figure(
    `distinct-rewards-${samples}`,
    `Different rewards among ${samples} samples of a problem`,
    values,
    clustersOf(scored),
    samples,
  );
}

/** Rewards in standard deviations from their mean, within a problem. */
export function standardised(rewards: readonly number[]): number[] {
  const [centre, deviation] = [mean(rewards), standardDeviation(rewards)];
  return rewards.map((reward) => (reward - centre) / deviation);
}

/** Skewness and the quantiles of the standardised rewards, means over problems. A normal law has skewness 0. */
export function shapeFigures(scored: readonly Scored[]): Figure[] {
  const samples = samplesOf(scored);
  const z = scored.map(({ rewards }) => standardised(rewards));
  const over = (name: string, text: string, value: (rewards: readonly number[]) => number): Figure =>
    figure(name, text, z.map(value), clustersOf(scored), samples);
  return [
    over("skewness", "Skewness of the rewards within a problem", (rewards) => mean(rewards.map((one) => one ** 3))),
    ...LEVELS.map((level) =>
      over(
        `quantile-${level}`,
        `Quantile ${level} of the rewards within a problem, in their standard deviations`,
        (rewards) => quantile(rewards, level),
      ),
    ),
  ];
}

/** The proxy-gold curve of best-of-n: expected gold, all-met and words of the chosen, exactly over all subsets of n. */
export function curveFigures(scored: readonly Scored[]): Figure[] {
  const samples = samplesOf(scored);
  const curve = (name: string, text: string, value: (response: CheckedResponse) => number): Figure[] =>
    CURVE.filter((n) => n <= samples).map((n) =>
      figure(
        `${name}-${n}`,
        text.replace("{n}", String(n)),
        scored.map(({ rewards, responses }) => bestOf(n, rewards, (index) => value(responses[index]!))),
        clustersOf(scored),
        samples,
      ),
    );
  return [
    ...curve("gold", "Gold of best-of-{n} by this reward model", ({ gold }) => gold),
    ...curve("all-met", "Chance that the choice of best-of-{n} meets every constraint", ({ gold }) =>
      Number(gold === 1),
    ),
    ...curve("words", "Words in the choice of best-of-{n}", ({ text }) => (text.match(/[A-Za-z]+/g) ?? []).length),
  ];
}
