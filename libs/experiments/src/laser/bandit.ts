import { stream } from "@touchstone/core";
import {
  adversarialLearner,
  contextMap,
  contextualLearner,
  Exp3,
  horizonGamma,
  LinUcb,
  RewardRange,
  type ContextMap,
  type Learner,
} from "@touchstone/method-laser";
import { mean } from "@touchstone/stats";

/** One batch that was trained on: all that a bandit learns from. */
export interface Round {
  readonly arm: number;
  /** Mean prompt embedding of the batch; empty for a bandit that looks at none. */
  readonly embedding: readonly number[];
  /** Training loss of the batch, before the update. */
  readonly loss: number;
}

export interface BanditOptions {
  readonly kind: "linucb" | "exp3";
  readonly arms: number;
  /** Rounds that the whole training has: the share of exploration that theory gives to Exp3 depends on it. */
  readonly rounds: number;
  readonly seed: number;
  /** LinUCB's weight of uncertainty. */
  readonly alpha: number;
  /** What LinUCB takes an untried reward model for: worth nothing as published, or as good as the mean so far. */
  readonly prior: "mean" | "zero";
  /** Length that embeddings are projected to where they are longer. */
  readonly dimension: number;
}

/**
 * The bandit of LASeR while a policy trains. A batch earns minus its training loss, brought into [0, 1] by the 20th and 80th
 * percentiles of what was earned so far. The state is a function of the rounds alone, so that a run that was stopped replays them.
 */
export class RewardModelBandit {
  readonly #options: BanditOptions;
  readonly #range = new RewardRange();
  #learner: Learner | undefined;
  #contexts: ContextMap | undefined;
  #rounds = 0;

  constructor(options: BanditOptions, played: readonly Round[] = []) {
    this.#options = options;
    for (const round of played) {
      this.#open(round.embedding);
      this.learn(round);
    }
  }

  /** The reward model for the next batch. */
  choose(embedding: readonly number[]): number {
    const learner = this.#open(embedding);
    const random = stream(this.#options.seed, "laser", "arm", this.#options.kind, this.#rounds);
    return learner.choose(this.#contextOf(embedding), random, { learning: true });
  }

  /** Learns from a batch that was trained on with this reward model. Returns what it earned, in [0, 1]. */
  learn({ arm, embedding, loss }: Round): number {
    const earned = this.#range.scale(-loss);
    this.#open(embedding).learn(arm, this.#contextOf(embedding), earned);
    this.#rounds++;
    return earned;
  }

  /** The reward model that is trusted for one prompt now that nothing more is learned. */
  trusted(embedding: readonly number[], problem: string): number {
    const random = stream(this.#options.seed, "laser", "trusted", this.#options.kind, problem);
    return this.#open(embedding).choose(this.#contextOf(embedding), random, { learning: false });
  }

  #open(embedding: readonly number[]): Learner {
    const { kind, arms, rounds, seed, alpha, prior, dimension } = this.#options;
    if (this.#learner) return this.#learner;
    if (kind === "exp3") return (this.#learner = adversarialLearner(new Exp3(arms, horizonGamma(arms, rounds))));
    const projection = stream(seed, "laser", "projection");
    this.#contexts = contextMap([embedding], { dimension, centred: false }, projection);
    return (this.#learner = contextualLearner(alpha, new LinUcb(arms, this.#contexts.length, prior)));
  }

  #contextOf(embedding: readonly number[]): Float64Array {
    return this.#contexts?.context(embedding) ?? new Float64Array();
  }
}

/** The mean of embeddings, by component: what a batch looks like to the bandit. */
export function meanEmbedding(embeddings: readonly ArrayLike<number>[]): readonly number[] {
  const width = embeddings[0]?.length ?? 0;
  return Array.from({ length: width }, (_, i) => mean(embeddings.map((embedding) => embedding[i]!)));
}
