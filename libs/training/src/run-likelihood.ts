import type { LikelihoodGradient, TokenRow } from "./likelihood-gradient.ts";
import { openLikelihoodGradient } from "./likelihood-gradient.ts";
import type { LikelihoodStepMetrics, LikelihoodTrainingOptions } from "./likelihood-training.ts";
import { runSteps } from "./loop.ts";
import type { TrainingState } from "./loop.ts";
import { flatten, parameterLayout, unflatten } from "./parameters.ts";
import type { Layout } from "./parameters.ts";
import { sumOf } from "./response-rows.ts";
import type { Weights } from "./weights.ts";

/** What a loss's step is computed with. */
export interface LikelihoodStep {
  /** log p of rows at the weights of this step; counted as forward tokens. */
  readonly forward: (rows: readonly TokenRow[]) => Promise<readonly Float32Array[]>;
  /** log p of rows under the weights given by `reference`; counted as forward tokens. */
  readonly reference: (rows: readonly TokenRow[]) => Promise<readonly Float32Array[]>;
  /** Σ c·∇ log p over rows, counted as gradient tokens; rows whose coefficients are all zero stay out. Once a step. */
  readonly gradient: (
    rows: readonly TokenRow[],
    coefficients: readonly Float32Array[],
  ) => Promise<readonly (Float32Array | undefined)[]>;
}

type Counted = "forwardTokens" | "gradientTokens" | "batchSeconds" | "gradientSeconds";

export interface LikelihoodRun<B, M> extends LikelihoodTrainingOptions {
  /** Weights of the reference, read when first needed. */
  readonly reference: Weights;
  readonly batch: (step: number, weights: Weights) => Promise<B>;
  readonly loss: (batch: B, step: LikelihoodStep) => Promise<M>;
  readonly onStep?: ((metrics: M & LikelihoodStepMetrics) => void | Promise<void>) | undefined;
}

/** Trains the weights of a model on a loss of log-probabilities. */
export async function runLikelihood<B, M>(options: LikelihoodRun<B, M>): Promise<TrainingState> {
  const { config, backend = "onnx", device = "cpu", threads = 2 } = options;
  await using engine = await openLikelihoodGradient({ config, backend, device, threads });
  // Awaited here: leaving the function closes the engine.
  return await runOn(engine, parameterLayout(config, "language-model"), options);
}

/** The same on an engine that is open: any policy whose parameters have the layout given. */
export function runOn<B, M>(
  engine: LikelihoodGradient,
  layout: Layout,
  options: Omit<LikelihoodRun<B, M>, "config" | "backend" | "device" | "threads">,
): Promise<TrainingState> {
  const { onStep, ...others } = options;
  return runSteps<M & Pick<LikelihoodStepMetrics, Counted>>({
    ...others,
    layout,
    trained: layout.slots,
    weights: engine.parameters,
    ...(onStep === undefined ? {} : { onStep }),
    gradient: stepGradient(engine, layout, options),
  });
}

/** Draws the batch of a step and writes the gradient of its loss at the engine's parameters. */
export function stepGradient<B, M>(
  engine: LikelihoodGradient,
  layout: Layout,
  options: Pick<LikelihoodRun<B, M>, "batch" | "loss" | "reference">,
): (step: number, into: Float32Array) => Promise<M & Pick<LikelihoodStepMetrics, Counted>> {
  let reference: Float32Array | undefined;
  const referenceWeights = (): Float32Array => {
    if (reference === undefined) flatten(layout, options.reference, (reference = new Float32Array(layout.size)));
    return reference;
  };
  return async (step, into) => {
    const began = performance.now();
    const batch = await options.batch(step, unflatten(layout, engine.parameters));
    const drawn = performance.now();
    let [forwardTokens, gradientTokens] = [0, 0];
    const forward = async (rows: readonly TokenRow[]): Promise<readonly Float32Array[]> => {
      forwardTokens += sumOf(rows, ({ tokens }) => tokens.length);
      return rows.length === 0 ? [] : engine.logProbabilities(rows);
    };
    const measured = await options.loss(batch, {
      forward,
      reference: (rows) => withParameters(engine, referenceWeights(), () => forward(rows)),
      gradient: async (rows, coefficients) => {
        into.fill(0);
        const entering = [...rows.keys()].filter((r) => coefficients[r]!.some((value) => value !== 0));
        if (entering.length === 0) return rows.map(() => undefined);
        const chosen = entering.map((r) => rows[r]!);
        gradientTokens += sumOf(chosen, ({ tokens }) => tokens.length);
        const logp = await engine.gradient(
          chosen,
          entering.map((r) => coefficients[r]!),
          into,
        );
        const found = new Map(entering.map((r, i) => [r, logp[i]!]));
        return rows.map((_, r) => found.get(r));
      },
    });
    const [batchSeconds, gradientSeconds] = [drawn - began, performance.now() - drawn].map((ms) => ms / 1000);
    return {
      ...measured,
      forwardTokens,
      gradientTokens,
      batchSeconds: batchSeconds!,
      gradientSeconds: gradientSeconds!,
    };
  };
}

async function withParameters<T>(
  engine: LikelihoodGradient,
  weights: Float32Array,
  work: () => Promise<T>,
): Promise<T> {
  const own = Float32Array.from(engine.parameters);
  engine.parameters.set(weights);
  try {
    return await work();
  } finally {
    engine.parameters.set(own);
  }
}
