import { TouchstoneError } from "@touchstone/core";
import { llamaShape } from "./config.ts";
import type { LlamaConfig } from "./config.ts";
import { upload } from "./gradient-function.ts";
import { loadJax } from "./jax.ts";
import type { Array as JaxArray, Jax } from "./jax.ts";
import { hiddenStates, logits } from "./llama.ts";
import type { Parameters } from "./llama.ts";
import { classifierReward, likelihoodReward } from "./losses.ts";
import type { Inputs } from "./losses.ts";
import type { Model } from "./model-folder.ts";
import { rewardInputs } from "./reward.ts";
import type { RewardRows } from "./reward.ts";
import type { RowInputs } from "./rows.ts";
import type { Weights } from "./weights.ts";

export interface ForwardRow {
  /** [length, vocabulary], row-major: logits of the token after each token. */
  readonly logits: Float32Array;
  /** [length, width]: hidden states after the final norm. */
  readonly hidden: Float32Array;
}

/**
 * The forward pass of a language model on token rows of any lengths (padded to the longest and computed at once). This is the pass that
 * training differentiates, offered for parity tests of the engine; it is not a fast way to run a model.
 */
export async function forward(model: Model, rows: readonly (readonly number[])[]): Promise<readonly ForwardRow[]> {
  const { vocabulary, width } = llamaShape(model.config);
  const length = Math.max(...rows.map((row) => row.length));
  const tokens = new Int32Array(rows.length * length);
  rows.forEach((row, r) => tokens.set(row, r * length));
  const [hidden, scores] = await evaluate(
    model,
    { tokens: { shape: [rows.length, length], data: tokens } },
    (jax, config, parameters, inputs) => {
      const states = hiddenStates(jax, config, parameters, inputs["tokens"]!);
      return [states.ref, logits(jax, config, parameters, states)];
    },
  );
  const part = (all: Float32Array, r: number, size: number): Float32Array =>
    all.slice(r * length * size, (r * length + rows[r]!.length) * size);
  return rows.map((_, r) => ({ logits: part(scores!, r, vocabulary), hidden: part(hidden!, r, width) }));
}

/** Rewards [rows] of a reward model, by the same pass. */
export async function forwardRewards(model: Model, rows: RewardRows): Promise<Float32Array> {
  const { kind } = model;
  if (kind === "language-model") {
    throw new TouchstoneError({
      code: "not-a-reward-model",
      family: "input",
      what: "A language model has no reward.",
      value: model.config.architectures?.[0],
      fix: "Give a model of kind classifier or likelihood.",
    });
  }
  const reward = kind === "classifier" ? classifierReward : likelihoodReward;
  const [rewards] = await evaluate(model, rewardInputs(kind, rows), (...given) => [reward(...given)]);
  return rewards!;
}

type Pass = (jax: Jax, config: LlamaConfig, parameters: Parameters, inputs: Inputs) => JaxArray[];

async function evaluate(model: Model, inputs: RowInputs, pass: Pass): Promise<Float32Array[]> {
  const jax = await loadJax();
  const compiled = jax.jit((parameters: Parameters, given: Inputs): JaxArray[] => {
    const results = pass(jax, model.config, parameters, given);
    jax.tree.dispose(parameters);
    return results;
  });
  const results = compiled(uploadWeights(jax, model.weights), upload(jax, inputs));
  const values: Float32Array[] = [];
  for (const result of results) values.push((await result.data()) as Float32Array);
  compiled.dispose();
  return values;
}

function uploadWeights(jax: Jax, weights: Weights): Record<string, JaxArray> {
  return Object.fromEntries(
    [...weights].map(([name, { shape, data }]) => [name, jax.np.array(Float32Array.from(data)).reshape([...shape])]),
  );
}
