import type { ModelIdentity } from "@touchstone/core";

/** One number about two backends, over the problems of a dataset. */
export interface Measure {
  /** `token-difference`, `sequence-difference`, `kl`, … */
  readonly measure: string;
  /** `mean`, `mean-absolute`, `median-absolute`, `p99-absolute`, `maximum-absolute`, `median`, `share`, `correlation`. */
  readonly statistic: string;
  readonly unit: "nats" | "reward" | "share" | "tokens" | "characters";
  /** NaN where it is undefined. */
  readonly value: number;
  /** 95 % interval, clustered by problem; NaN where there is none. */
  readonly low: number;
  readonly high: number;
  /** Tokens, responses or problems that it is over. */
  readonly n: number;
}

/** Differences of tokens at positions `from` … `to` of a response, counted from 1. */
export interface PositionRow {
  readonly from: number;
  readonly to: number;
  readonly tokens: number;
  /** Of log-probabilities, B − A, in nats. */
  readonly mean: number;
  readonly meanAbsolute: number;
  readonly p99Absolute: number;
  readonly maximumAbsolute: number;
}

/** How often a decision is another when B's numbers stand in for A's. */
export interface DecisionRow {
  readonly method: string;
  readonly parameters: string;
  readonly rewardModel: string;
  /** Samples decided on. */
  readonly n: number;
  /** Chance that the answer is another text: total variation between the two laws of it, in [0, 1]. */
  readonly flips: number;
  readonly low: number;
  readonly high: number;
  /** Mean grade with B's numbers minus that with A's. */
  readonly gradeDifference: number;
  readonly gradeLow: number;
  readonly gradeHigh: number;
  readonly problems: number;
  /** Decisions compared: subsets, or neighbouring pairs of responses of a chain. */
  readonly decisions: number;
}

/** One response as both backends score it. */
export interface SequenceRow {
  readonly problem: string;
  readonly sample: number;
  readonly tokens: number;
  readonly a: number;
  readonly b: number;
}

/** Where two backends were compared. */
export interface ParityPlace {
  readonly dataset: string;
  readonly split: string;
  readonly decoding: string;
  readonly problems: number;
  /** Responses per problem. */
  readonly samples: number;
  /** The policy whose responses both read. */
  readonly policy: string;
}

export interface Parity extends ParityPlace {
  readonly kind: "language-models" | "reward-models";
  readonly a: ModelIdentity;
  readonly b: ModelIdentity;
  readonly measures: readonly Measure[];
  readonly positions: readonly PositionRow[];
  readonly decisions: readonly DecisionRow[];
  readonly sequences: readonly SequenceRow[];
  /** What could not be compared, in sentences. */
  readonly remarks: readonly string[];
}
