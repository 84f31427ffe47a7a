import type { ModelIdentity, ModelSize, Pair } from "./language-model.ts";

export interface Reward {
  /** NaN where the reward model failed; counted, never replaced. */
  readonly value: number;
  /** Tokens that the reward model processed for this pair. */
  readonly tokens: number;
}

/** Rewards of several beginnings of one response. */
export interface StepRewards {
  /** One for each end asked for; NaN where the reward model failed. */
  readonly values: Float64Array;
  /** Tokens of each beginning: what the reward model would process for it alone. */
  readonly alone: Int32Array;
  /** Tokens that the reward model processed for all of them together. */
  readonly tokens: number;
}

interface RewardOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly tokens: number; readonly samples: number }) => void;
}

/** (problem, response) → a number. A proxy, never gold. */
export interface RewardModel {
  readonly identity: ModelIdentity;
  readonly size: ModelSize;
  /** The deliberate flaw of a built-in model in one sentence; shown wherever the model appears (law 10). */
  readonly planted?: string;
  /** Pairs that are best given in one call: what a call gives is kept together, or lost together. Default: a thousand. */
  readonly pairsACall?: number;
  reward(pairs: readonly Pair[], options?: RewardOptions): Promise<readonly Reward[]>;
  /**
   * Rewards of beginnings of responses: for each pair those of its first `ends[i][j]` UTF-16 units of text, ascending, as `reward` gives
   * them (but for rounding) to `partial` responses of that text. Cheaper than asking for each: a forward pass serves a whole response.
   */
  stepRewards?(
    pairs: readonly Pair[],
    ends: readonly (readonly number[])[],
    options?: RewardOptions,
  ): Promise<readonly StepRewards[]>;
  close(): Promise<void>;
}
