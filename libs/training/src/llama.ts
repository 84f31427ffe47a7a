import { llamaShape } from "./config.ts";
import type { LlamaConfig, LlamaShape } from "./config.ts";
import type { Array, Jax } from "./jax.ts";

/** The tensors of a model as jax-js arrays, by their Hugging Face names. */
export type Parameters = Readonly<Record<string, Array>>;

/**
 * The Llama decoder of transformers (RMSNorm, rotary embedding in the rotate_half layout, grouped-query attention, SwiGLU) on
 * right-padded rows: with a causal mask, what is to the right of a token cannot reach it, so padding needs no mask of its own.
 *
 * `parameters` is borrowed: every use takes a reference, the caller keeps its own. `tokens` ([rows, length], int32) is consumed.
 * Returns the hidden states after the final norm, [rows·length, width].
 */
export function hiddenStates(jax: Jax, config: LlamaConfig, parameters: Parameters, tokens: Array): Array {
  const shape = llamaShape(config);
  const [rows, length] = tokens.shape as [number, number];
  const linear = (name: string, x: Array): Array => {
    const y = jax.np.matmul(x, weight(parameters, `${name}.weight`).transpose());
    return parameters[`${name}.bias`] === undefined ? y : y.add(weight(parameters, `${name}.bias`));
  };

  let x = embed(jax, weight(parameters, "model.embed_tokens.weight"), tokens.reshape([rows * length]));
  const rotary = rotaryTables(jax, shape, length);
  const mask = causalMask(jax, length);
  for (let n = 0; n < shape.layers; n++) {
    const layer = `model.layers.${n}`;
    const h = rmsNorm(jax, x.ref, weight(parameters, `${layer}.input_layernorm.weight`), shape.epsilon);
    const heads = (name: string, count: number): Array =>
      linear(`${layer}.self_attn.${name}`, h.ref)
        .reshape([rows, length, count, shape.headWidth])
        .transpose([0, 2, 1, 3]);
    const q = rotate(jax, heads("q_proj", shape.heads), rotary);
    const k = rotate(jax, heads("k_proj", shape.keyValueHeads), rotary);
    const v = heads("v_proj", shape.keyValueHeads);
    h.dispose();
    const mixed = attention(jax, shape, q, k, v, mask).transpose([0, 2, 1, 3]);
    x = x.add(linear(`${layer}.self_attn.o_proj`, mixed.reshape([rows * length, shape.heads * shape.headWidth])));
    const m = rmsNorm(jax, x.ref, weight(parameters, `${layer}.post_attention_layernorm.weight`), shape.epsilon);
    const gate = jax.nn.silu(linear(`${layer}.mlp.gate_proj`, m.ref));
    x = x.add(linear(`${layer}.mlp.down_proj`, gate.mul(linear(`${layer}.mlp.up_proj`, m))));
  }
  rotary.cos.dispose();
  rotary.sin.dispose();
  mask.dispose();
  return rmsNorm(jax, x, weight(parameters, "model.norm.weight"), shape.epsilon);
}

/** A reference to a parameter. */
export function weight(parameters: Parameters, name: string): Array {
  const found = parameters[name];
  if (found === undefined) throw new Error(`parameter ${name} is missing`);
  return found.ref;
}

/** Logits [n, vocabulary] of hidden states [n, width] (consumed). */
export function logits(jax: Jax, config: LlamaConfig, parameters: Parameters, hidden: Array): Array {
  const head = weight(parameters, llamaShape(config).tied ? "model.embed_tokens.weight" : "lm_head.weight");
  return jax.np.matmul(hidden, head.transpose());
}

interface Rotary {
  readonly cos: Array;
  readonly sin: Array;
}

/** cos and sin of position·θ^(−2i/d), [length, headWidth], the d/2 angles twice (rotate_half pairs i with i + d/2). */
function rotaryTables(jax: Jax, shape: LlamaShape, length: number): Rotary {
  const half = shape.headWidth / 2;
  const cos = new Float32Array(length * shape.headWidth);
  const sin = new Float32Array(length * shape.headWidth);
  for (let t = 0; t < length; t++) {
    for (let i = 0; i < shape.headWidth; i++) {
      const angle = t * shape.theta ** ((-2 * (i % half)) / shape.headWidth);
      cos[t * shape.headWidth + i] = Math.cos(angle);
      sin[t * shape.headWidth + i] = Math.sin(angle);
    }
  }
  const dimensions = [length, shape.headWidth];
  return { cos: jax.np.array(cos).reshape(dimensions), sin: jax.np.array(sin).reshape(dimensions) };
}

/** x·cos + rotate_half(x)·sin for x [rows, heads, length, headWidth]. */
function rotate(jax: Jax, x: Array, rotary: Rotary): Array {
  const half = x.shape[3]! / 2;
  const turned = jax.np.concatenate([x.ref.slice([], [], [], [half]).neg(), x.ref.slice([], [], [], [0, half])], 3);
  return x.mul(rotary.cos.ref).add(turned.mul(rotary.sin.ref));
}

/** What is added to a score: 0 where a position (row) may look at another (column), elsewhere a number that exp takes to 0. */
function causalMask(jax: Jax, length: number): Array {
  const mask = new Float32Array(length * length).fill(-1e9);
  for (let t = 0; t < length; t++) mask.fill(0, t * length, t * length + t + 1);
  return jax.np.array(mask).reshape([length, length]);
}

/** Softmax attention of q [rows, heads, length, d] over k, v [rows, keyValueHeads, length, d]. */
function attention(jax: Jax, shape: LlamaShape, q: Array, k: Array, v: Array, mask: Array): Array {
  const [rows, , length] = q.shape as [number, number, number, number];
  const group = shape.heads / shape.keyValueHeads;
  // Query heads of one group lie beside each other (transformers' repeat_kv), so they fold into the position axis.
  const fold = (x: Array): Array => x.reshape([rows, shape.keyValueHeads, group * length, shape.headWidth]);
  const scores = jax.np
    .matmul(fold(q), k.transpose([0, 1, 3, 2]))
    .reshape([rows, shape.keyValueHeads, group, length, length]);
  const masked = scores.mul(shape.headWidth ** -0.5).add(mask.ref);
  // Written out: the gradient of the library's softmax alone is several times dearer. The row maximum carries no gradient.
  const top = jax.stopGradient(masked.ref.max(-1, { keepdims: true }));
  const powers = jax.np.exp(masked.sub(top));
  const total = powers.ref.sum(-1, { keepdims: true });
  const probabilities = powers.div(total).reshape([rows, shape.keyValueHeads, group * length, length]);
  return jax.np.matmul(probabilities, v).reshape([rows, shape.heads, length, shape.headWidth]);
}

function rmsNorm(jax: Jax, x: Array, gain: Array, epsilon: number): Array {
  const meanSquare = jax.np.square(x.ref).mean(-1, { keepdims: true });
  return x.div(jax.np.sqrt(meanSquare.add(epsilon))).mul(gain);
}

/**
 * Rows of the embedding [vocabulary, width] for tokens [n], as a product with one-hot rows: its gradient is a matrix product as well,
 * where that of a gather is a slow scatter. Two measures keep that gradient fast (they change no number):
 * - The vocabulary is padded to whole vector lanes; the gradient's last axis is the vocabulary, and a ragged one is not vectorised.
 * - A pad and a slice of the result, whose gradient is a pad: jax-js computes what enters a pad in a kernel of its own. The arriving
 *   gradient has this one use, so without it would be computed anew for every token of the vocabulary.
 */
function embed(jax: Jax, embedding: Array, tokens: Array): Array {
  const [vocabulary, width] = embedding.shape as [number, number];
  const n = tokens.shape[0]!;
  const padded = 16 * Math.ceil(vocabulary / 16);
  // Joined rather than padded: a pad would be fused into the product, as a test in its innermost loop.
  const table =
    padded === vocabulary ? embedding : jax.np.concatenate([embedding, jax.np.zeros([padded - vocabulary, width])], 0);
  const rows = jax.np.matmul(jax.nn.oneHot(tokens, padded), table);
  return jax.np
    .pad(rows, [
      [0, 1],
      [0, 0],
    ])
    .slice([0, n], []);
}
