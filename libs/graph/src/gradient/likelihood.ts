import type { ModelConfig } from "../config.ts";
import { expectedTensors, layerTensors, modelTensors } from "../model.ts";
import { GraphBuilder } from "../onnx.ts";
import type { Emit, Target } from "../options.ts";
import { attention, attentionFrame } from "./attention.ts";
import { feedForward } from "./feed-forward.ts";
import { embed, logLikelihood } from "./linear.ts";
import { norm } from "./norm.ts";
import { unsupported } from "../unsupported.ts";
import { Tape } from "./tape.ts";

export interface LikelihoodOptions {
  readonly target: Target;
  /** Whether gradients are computed besides log-probabilities. */
  readonly gradient: boolean;
  readonly emit?: Emit;
}

/**
 * Log-probabilities of given tokens at temperature 1, and the gradient of their weighted sum, for training: the parameters are inputs, and
 * what rows have in common at their beginning is computed once.
 *
 * Inputs: every tensor of the model by its name, float32, and int64
 * - `input_ids` [U], `positions` [U, 1]: the distinct tokens of all rows (equal in themselves and in all that goes before), from 0 on;
 * - `queries` [B, Q], `keys` [B, S]: attention goes by windows: the tokens that ask, and their row from its beginning to the last of them,
 *   both padded on the right with any token;
 * - `homes` [U]: where among `queries` (flat) each token asks;
 * - `pairs` [P, 2]: a token (0 … U − 1) and an id that follows it;
 * with `gradient` also `coefficients` float32 [P].
 *
 * Outputs, float32: `log_probability` [P]; with `gradient`, for every tensor `gradient.<name>` = Σ coefficients · ∂ log p / ∂ tensor, of
 * its shape.
 * @throws TouchstoneError `unsupported-model` for families and rotary scaling whose gradient is not written out
 */
export function buildLikelihoodGraph(config: ModelConfig, options: LikelihoodOptions): Uint8Array {
  if (config.family !== "llama")
    throw unsupported("family in training", config.architecture, "models of Llama's layout");
  if (config.ropeScaling.kind !== "default")
    throw unsupported("rope scaling in training", config.ropeScaling.kind, "no scaling (rope_type default)");
  const b = new GraphBuilder();
  const tape = new Tape(b, config, options);
  const ids = b.input("input_ids", "int64", ["tokens"]);
  const frame = attentionFrame(tape, {
    positions: b.input("positions", "int64", ["tokens", 1]),
    queries: b.input("queries", "int64", ["windows", "asking"]),
    keys: b.input("keys", "int64", ["windows", "length"]),
    homes: b.input("homes", "int64", ["tokens"]),
  });
  const pairs = b.input("pairs", "int64", ["pairs", 2]);
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
  const likelihood = logLikelihood(tape, final.value, pairs, head);
  b.output("log_probability", likelihood.value, "float", ["pairs"]);
  if (!options.gradient) return b.toBytes("likelihood");

  let gradient = final.pull(likelihood.pull(b.input("coefficients", "float", ["pairs"])));
  for (const pull of pulls.toReversed()) gradient = pull(gradient);
  embedding.pull(gradient);
  for (const [name, shape] of expectedTensors(config))
    b.output(`gradient.${name}`, tape.gradients.get(name) ?? "", "float", shape);
  return b.toBytes("likelihood-gradient");
}
