import type { ModelIdentity, ModelSize, Pair } from "./language-model.ts";

export interface Reward {
  /** NaN where the reward model failed; counted, never replaced. */
  readonly value: number;
  /** Tokens that the reward model processed for this pair. */
  readonly tokens: number;
}

/** (problem, response) → a number. A proxy, never gold. */
export interface RewardModel {
  readonly identity: ModelIdentity;
  readonly size: ModelSize;
  /** The deliberate flaw of a built-in model in one sentence; shown wherever the model appears (law 10). */
  readonly planted?: string;
  reward(
    pairs: readonly Pair[],
    options?: {
      readonly signal?: AbortSignal;
      readonly onProgress?: (progress: { tokens: number; samples: number }) => void;
    },
  ): Promise<readonly Reward[]>;
  close(): Promise<void>;
}
