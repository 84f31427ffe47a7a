import { TouchstoneError } from "@touchstone/core";
import type { ModelConfig } from "./config.ts";
import type { Weights } from "./safetensors.ts";

/** A model as the builders take it: its configuration and where its weights lie. */
export interface Model {
  readonly config: ModelConfig;
  readonly weights: Weights;
}

/** Names of the tensors of one decoder layer, in the Hugging Face layout (linear weights are [out, in]). */
export function layerTensors(layer: number) {
  const prefix = `model.layers.${layer}`;
  return {
    inputNorm: `${prefix}.input_layernorm.weight`,
    query: `${prefix}.self_attn.q_proj`,
    key: `${prefix}.self_attn.k_proj`,
    value: `${prefix}.self_attn.v_proj`,
    queryNorm: `${prefix}.self_attn.q_norm.weight`,
    keyNorm: `${prefix}.self_attn.k_norm.weight`,
    output: `${prefix}.self_attn.o_proj`,
    postNorm: `${prefix}.post_attention_layernorm.weight`,
    gate: `${prefix}.mlp.gate_proj`,
    up: `${prefix}.mlp.up_proj`,
    down: `${prefix}.mlp.down_proj`,
  };
}

export const modelTensors = {
  embedding: "model.embed_tokens.weight",
  finalNorm: "model.norm.weight",
  head: "lm_head.weight",
  score: "score.weight",
  scoreBias: "score.bias",
  likelihoodScale: "likelihood.scale",
} as const;

/** Every tensor the architecture needs, with its shape. */
export function expectedTensors(config: ModelConfig): ReadonlyMap<string, readonly number[]> {
  const { hiddenSize: width, vocabularySize, intermediateSize, kind } = config;
  const queryWidth = config.heads * config.headSize;
  const keyWidth = config.keyValueHeads * config.headSize;
  const shapes = new Map<string, readonly number[]>([[modelTensors.embedding, [vocabularySize, width]]]);
  const linear = (name: string, out: number, into: number, bias: boolean) => {
    shapes.set(`${name}.weight`, [out, into]);
    if (bias) shapes.set(`${name}.bias`, [out]);
  };
  for (let layer = 0; layer < config.layers; layer++) {
    const names = layerTensors(layer);
    shapes.set(names.inputNorm, [width]);
    linear(names.query, queryWidth, width, config.attentionBias);
    linear(names.key, keyWidth, width, config.attentionBias);
    linear(names.value, keyWidth, width, config.attentionBias);
    linear(names.output, width, queryWidth, config.outputBias);
    if (config.queryKeyNorm) {
      shapes.set(names.queryNorm, [config.headSize]);
      shapes.set(names.keyNorm, [config.headSize]);
    }
    shapes.set(names.postNorm, [width]);
    linear(names.gate, intermediateSize, width, config.mlpBias);
    linear(names.up, intermediateSize, width, config.mlpBias);
    linear(names.down, width, intermediateSize, config.mlpBias);
  }
  shapes.set(modelTensors.finalNorm, [width]);
  if (kind !== "classifier" && !config.tiedEmbeddings) shapes.set(modelTensors.head, [vocabularySize, width]);
  if (kind !== "language-model") shapes.set(modelTensors.score, [1, width]);
  if (kind === "likelihood") {
    shapes.set(modelTensors.scoreBias, [1]);
    shapes.set(modelTensors.likelihoodScale, [1]);
  }
  return shapes;
}

/**
 * Checks that every tensor the architecture needs is there in the right shape, and that its layers hold no other: a bias or a norm left out
 * would give other numbers without a word.
 * @throws TouchstoneError `invalid-weights`, naming the tensor, its shape and the expected one
 */
export function checkWeights(model: Model): void {
  const tensors = expectedTensors(model.config);
  for (const [name, expected] of tensors) {
    const shape = model.weights.get(name)?.shape;
    if (shape !== undefined && shape.length === expected.length && expected.every((size, axis) => size === shape[axis]))
      continue;
    throw new TouchstoneError({
      code: "invalid-weights",
      family: "input",
      what: shape
        ? `Tensor ${name} should have the shape [${expected.join(", ")}] by config.json.`
        : `Tensor ${name} [${expected.join(", ")}] is missing from the weights.`,
      ...(shape && { value: `[${shape.join(", ")}]` }),
      fix: "Check that config.json belongs to these weights, or download the model again.",
    });
  }
  const foreign = [...model.weights.keys()].find(
    // Old checkpoints carry the rotary frequencies, which follow from the configuration.
    (name) => name.startsWith("model.layers.") && !tensors.has(name) && !name.endsWith("rotary_emb.inv_freq"),
  );
  if (foreign !== undefined)
    throw new TouchstoneError({
      code: "invalid-weights",
      family: "input",
      what: `The weights hold a tensor that the layers of ${model.config.architecture} do not have by config.json.`,
      value: foreign,
      fix: "Check that config.json belongs to these weights, or download the model again.",
    });
}

/**
 * Parameters counted from the weights that the architecture uses: `total` counts tied embeddings once; `active`, those that
 * multiply an activation for every token, leaves the input embedding out and counts the language-model head (tied or not).
 * A classifier has no language-model head; its one-row score head is counted.
 */
export function countParameters(model: Model): { total: number; active: number } {
  const { config, weights } = model;
  let total = 0;
  for (const name of expectedTensors(config).keys()) {
    const shape = weights.get(name)?.shape ?? [];
    total += shape.reduce((product, size) => product * size, 1);
  }
  const embedding = config.vocabularySize * config.hiddenSize;
  const tiedHead = config.tiedEmbeddings && config.kind !== "classifier";
  return { total, active: tiedHead ? total : total - embedding };
}
