import { bestOfNWeights, clusteredMean, pairwiseAccuracy, passAtK, type MeanEstimate } from "@touchstone/stats";

/** A measured number of a card. */
export interface Figure {
  /** Kebab-case and unique within the card. */
  readonly name: string;
  /** What it is, in a sentence that needs no context. */
  readonly text: string;
  readonly estimate: number;
  /** 95 % interval, problems clustered by template; null where it cannot be told. */
  readonly low: number | null;
  readonly high: number | null;
  readonly problems: number;
  readonly clusters: number;
  /** Samples of each problem. */
  readonly samples: number;
}

/** Mean over problems of `values` (one each; NaN = the figure does not exist for this problem) as a figure. */
export function figure(
  name: string,
  text: string,
  values: readonly number[],
  clusters: readonly string[],
  samples: number,
): Figure {
  const mean = clusteredMean(values, clusters, { missing: "omit" });
  return { name, text, ...interval(mean), problems: mean.n, clusters: mean.clusters, samples };
}

function interval({ estimate, low, high }: MeanEstimate): Pick<Figure, "estimate" | "low" | "high"> {
  // Six digits: more would differ between machines by the order of a sum.
  const round = (value: number): number => Number(value.toFixed(6));
  return {
    estimate: round(estimate),
    low: Number.isNaN(low) ? null : round(low),
    high: Number.isNaN(high) ? null : round(high),
  };
}

/** What the figures need of a response. */
export interface Graded {
  readonly answer?: string;
  readonly correct: boolean;
}

export function accuracy(responses: readonly Graded[]): number {
  return responses.filter(({ correct }) => correct).length / responses.length;
}

/** 1 where at least one of all the responses is right. */
export function solved(responses: readonly Graded[]): number {
  const right = responses.filter(({ correct }) => correct).length;
  return passAtK(responses.length, right, responses.length);
}

/** 1 where some wrong answer has more votes than the right one; unparsable responses do not vote. */
export function outvoted(responses: readonly Graded[]): number {
  const votes = new Map<string, number>();
  let right = 0;
  for (const { answer, correct } of responses) {
    if (correct) right++;
    else if (answer !== undefined) votes.set(answer, (votes.get(answer) ?? 0) + 1);
  }
  return Math.max(0, ...votes.values()) > right ? 1 : 0;
}

/** Share of (right, wrong) pairs of one problem that the rewards order rightly; NaN where all are right or all wrong. */
export function concordance(rewards: readonly number[], responses: readonly Graded[]): number {
  return pairwiseAccuracy(
    rewards,
    responses.map(({ correct }) => Number(correct)),
  ).accuracy;
}

/**
 * What best-of-n answers with, in expectation over all subsets of n of the responses: `value` of the chosen response, exactly.
 */
export function bestOf(n: number, rewards: readonly number[], value: (index: number) => number): number {
  const weights = bestOfNWeights(rewards, n);
  let sum = 0;
  for (const [index, weight] of weights.entries()) sum += weight === 0 ? 0 : weight * value(index);
  return sum;
}
