import type { ModelConfig } from "../config.ts";
import { expectedTensors, layerTensors, modelTensors } from "../model.ts";
import { GraphBuilder } from "../onnx.ts";
import type { Emit, Target } from "../options.ts";
import { attention, attentionFrame } from "./attention.ts";
import { feedForward } from "./feed-forward.ts";
import { embed, logLikelihood } from "./linear.ts";
import { norm } from "./norm.ts";
import { Tape } from "./tape.ts";

export interface LikelihoodOptions {
  readonly target: Target;
  /** Whether gradients are computed besides log-probabilities. */
  readonly gradient: boolean;
  readonly emit?: Emit;
}

/**
 * Log-probabilities of given tokens at temperature 1, and the gradient of their weighted sum, for training: the parameters are inputs.
 *
 * Inputs: every tensor of the model by its name, float32; `input_ids`, `targets` int64 [B, S]: targets[r, s] follows
 * input_ids[r, ≤ s]; rows are padded on the right with any tokens. With `gradient` also `coefficients` float32 [B, S], 0 on padding.
 *
 * Outputs, float32: `log_probability` [B, S] (over padding without meaning); with `gradient`, for every tensor `gradient.<name>` =
 * Σ coefficients · ∂ log p / ∂ tensor, of its shape.
 */
export function buildLikelihoodGraph(config: ModelConfig, options: LikelihoodOptions): Uint8Array {
  const b = new GraphBuilder();
  const tape = new Tape(b, config, options);
  const ids = b.input("input_ids", "int64", ["batch", "length"]);
  const targets = b.input("targets", "int64", ["batch", "length"]);
  const frame = attentionFrame(tape, ids);
  const embedding = embed(tape, ids, modelTensors.embedding);
  let hidden = embedding.value;
  const pulls: ((gradient: string) => string)[] = [];
  for (let n = 0; n < config.layers; n++) {
    const names = layerTensors(n);
    const before = norm(tape, hidden, names.inputNorm);
    const attended = attention(tape, frame, before.value, names, hidden);
    const between = norm(tape, attended.value, names.postNorm);
    const fed = feedForward(tape, between.value, names, attended.value);
    hidden = fed.value;
    pulls.push((gradient) => {
      const ofAttended = between.pull(fed.pull(gradient), gradient);
      return before.pull(attended.pull(ofAttended), ofAttended);
    });
  }
  const final = norm(tape, hidden, modelTensors.finalNorm);
  const head = config.tiedEmbeddings ? modelTensors.embedding : modelTensors.head;
  const likelihood = logLikelihood(tape, final.value, targets, head);
  b.output("log_probability", b.op("Reshape", [likelihood.value, b.op("Shape", [ids])]), "float", ["batch", "length"]);
  if (!options.gradient) return b.toBytes("likelihood");

  const coefficients = b.input("coefficients", "float", ["batch", "length"]);
  let gradient = final.pull(likelihood.pull(b.op("Reshape", [coefficients, b.int64([-1, 1])])));
  for (const pull of pulls.toReversed()) gradient = pull(gradient);
  embedding.pull(gradient);
  for (const [name, shape] of expectedTensors(config))
    b.output(`gradient.${name}`, tape.gradients.get(name) ?? "", "float", shape);
  return b.toBytes("likelihood-gradient");
}
