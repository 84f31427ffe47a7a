import type { LlamaConfig } from "./config.ts";
import { JaxLikelihoodGradient } from "./jax-likelihood-gradient.ts";
import type { Device } from "./onnx-gradient-session.ts";
import { OnnxLikelihoodGradient } from "./onnx-likelihood-gradient.ts";
import { flatten, parameterLayout } from "./parameters.ts";
import type { Weights } from "./weights.ts";

/** A prompt and its response, without padding; rows of a call may have any lengths of at least one token. */
export interface TokenRow {
  readonly tokens: Int32Array;
}

/**
 * Log-probabilities of token rows under a language model, and gradients of weighted sums of them. Every loss of policy training is a
 * function of per-token log-probabilities, so that its gradient is Σ_{r,t} c[r, t]·∇ log p(tokens[r, t] | tokens[r, < t]) with
 * c = ∂loss/∂log p, which the caller computes.
 */
export interface LikelihoodGradient extends AsyncDisposable {
  /** All weights in one vector, in the order of `parameterShapes(config, "language-model")`; write it between calls. */
  readonly parameters: Float32Array;
  /** Per row, as long as the row: [t] = log p(tokens[t] | tokens[< t]) in nats at temperature 1, [0] = 0. */
  logProbabilities(rows: readonly TokenRow[]): Promise<readonly Float32Array[]>;
  /**
   * Overwrites `into` (as long as `parameters`) with Σ c·∇ log p and returns the log-probabilities. Rows whose coefficients are all
   * zero cost one forward pass. Element 0 of a row's coefficients is not read.
   * @throws TouchstoneError `invalid-batch`
   */
  gradient(
    rows: readonly TokenRow[],
    coefficients: readonly Float32Array[],
    into: Float32Array,
  ): Promise<readonly Float32Array[]>;
}

export interface LikelihoodGradientOptions {
  readonly config: LlamaConfig;
  /** Written into `parameters`. Default: zeros, to be written by the caller. */
  readonly weights?: Weights;
  /**
   * `onnx`: an ONNX graph with its backward pass, run by ONNX Runtime. `jax`: differentiated by jax-js, on the CPU; slow, and what the
   * other is held against. Default: onnx.
   */
  readonly backend?: "onnx" | "jax";
  /** Where ONNX Runtime computes. Default: cpu. */
  readonly device?: Device;
  /** Worker threads; change the time, never the result. Default: 2. */
  readonly threads?: number;
}

/** @throws TouchstoneError `invalid-weights`, `invalid-model`, `unsupported-model`; `device-unavailable` from the first call on */
export async function openLikelihoodGradient(options: LikelihoodGradientOptions): Promise<LikelihoodGradient> {
  const { config, weights, backend = "onnx", device = "cpu", threads = 2 } = options;
  const engine =
    backend === "jax"
      ? new JaxLikelihoodGradient(config, threads)
      : new OnnxLikelihoodGradient(config, { device, threads });
  if (weights !== undefined) flatten(parameterLayout(config, "language-model"), weights, engine.parameters);
  return engine;
}
