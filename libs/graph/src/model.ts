import type { ModelConfig } from "./config.ts";
import type { Weights } from "./safetensors.ts";

/** A model as the builders take it: its configuration and where its weights lie. */
export interface Model {
  readonly config: ModelConfig;
  readonly weights: Weights;
}

/**
 * Checks that every tensor the architecture needs is there in the right shape.
 * @throws TouchstoneError `invalid-weights`, naming the tensor, its shape and the expected one
 */
export declare function checkWeights(model: Model): void;

/** Parameters counted from the weights: `total` counts tied embeddings once; `active` leaves the input embedding out and counts the language-model head (tied or not) or the reward head. */
export declare function countParameters(model: Model): { total: number; active: number };
