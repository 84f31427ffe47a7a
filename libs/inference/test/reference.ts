/**
 * A Llama forward pass written out in float64 loops, sharing nothing with the engine: what tests hold it against.
 * Touvron et al. 2023 (RMSNorm, SwiGLU, rotary embeddings in the half-split layout of Hugging Face).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Config {
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  readonly vocab_size: number;
}

export class ReferenceLlama {
  readonly config: Config;
  readonly #weights = new Map<string, Float32Array>();

  constructor(folder: string) {
    this.config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as Config;
    const file = readFileSync(join(folder, "model.safetensors"));
    const length = Number(file.readBigUInt64LE(0));
    const header = JSON.parse(file.subarray(8, 8 + length).toString()) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    for (const [
      name,
      {
        data_offsets: [from, to],
      },
    ] of Object.entries(header)) {
      this.#weights.set(
        name,
        new Float32Array(Uint8Array.from(file.subarray(8 + length + from, 8 + length + to)).buffer),
      );
    }
  }

  tensor(name: string): Float32Array {
    const found = this.#weights.get(name);
    if (found === undefined) throw new Error(`no tensor ${name}`);
    return found;
  }

  /** Final-norm hidden state of every position. */
  hidden(tokens: readonly number[]): Float64Array[] {
    const { hidden_size: width, num_hidden_layers: layers, num_attention_heads: heads } = this.config;
    const embedding = this.tensor("model.embed_tokens.weight");
    const states = tokens.map((id) => Float64Array.from(embedding.subarray(id * width, (id + 1) * width)));
    const groups = heads / this.config.num_key_value_heads;
    const size = width / heads;
    for (let layer = 0; layer < layers; layer++) {
      const weight = (name: string) => this.tensor(`model.layers.${layer}.${name}.weight`);
      const normed = states.map((x) => this.#norm(x, weight("input_layernorm")));
      const queries = normed.map((x, t) => this.#rotate(multiply(weight("self_attn.q_proj"), x), size, t));
      const keys = normed.map((x, t) => this.#rotate(multiply(weight("self_attn.k_proj"), x), size, t));
      const values = normed.map((x) => multiply(weight("self_attn.v_proj"), x));
      for (const [t, state] of states.entries()) {
        const mixed = new Float64Array(width);
        for (let head = 0; head < heads; head++) {
          const from = Math.floor(head / groups) * size;
          const scores = keys.slice(0, t + 1).map((key) => {
            let sum = 0;
            for (let i = 0; i < size; i++) sum += queries[t]![head * size + i]! * key[from + i]!;
            return sum / Math.sqrt(size);
          });
          for (const [past, share] of softmax(scores).entries()) {
            for (let i = 0; i < size; i++) mixed[head * size + i]! += share * values[past]![from + i]!;
          }
        }
        add(state, multiply(weight("self_attn.o_proj"), mixed));
        const inner = this.#norm(state, weight("post_attention_layernorm"));
        const gate = multiply(weight("mlp.gate_proj"), inner);
        const up = multiply(weight("mlp.up_proj"), inner);
        add(
          state,
          multiply(
            weight("mlp.down_proj"),
            gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!),
          ),
        );
      }
    }
    return states.map((x) => this.#norm(x, this.tensor("model.norm.weight")));
  }

  logits(tokens: readonly number[]): Float64Array[] {
    const head = this.#weights.get("lm_head.weight") ?? this.tensor("model.embed_tokens.weight");
    return this.hidden(tokens).map((h) => multiply(head, h));
  }

  /** Law of the token after `tokens`, at temperature 1. */
  next(tokens: readonly number[]): number[] {
    return softmax(Array.from(this.logits(tokens).at(-1)!));
  }

  #norm(x: Float64Array, weight: Float32Array): Float64Array {
    let squares = 0;
    for (const v of x) squares += v * v;
    const scale = 1 / Math.sqrt(squares / x.length + this.config.rms_norm_eps);
    return x.map((v, i) => v * scale * weight[i]!);
  }

  #rotate(x: Float64Array, size: number, position: number): Float64Array {
    const turned = new Float64Array(x.length);
    for (let head = 0; head < x.length; head += size) {
      for (let i = 0; i < size / 2; i++) {
        const angle = position / this.config.rope_theta ** ((2 * i) / size);
        const [a, b] = [x[head + i]!, x[head + i + size / 2]!];
        turned[head + i] = a * Math.cos(angle) - b * Math.sin(angle);
        turned[head + i + size / 2] = b * Math.cos(angle) + a * Math.sin(angle);
      }
    }
    return turned;
  }
}

export function softmax(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const weights = logits.map((l) => Math.exp(l - top));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / sum);
}

/** Temperature, then the k most probable, then the smallest set of mass p, renormalised. */
export function truncated(logits: readonly number[], temperature: number, k: number, p: number): number[] {
  const weights = logits.map((l) => Math.exp(l / temperature));
  const order = logits.map((_, i) => i).toSorted((a, b) => weights[b]! - weights[a]! || a - b);
  const top = order.slice(0, k);
  const mass = top.reduce((before, i) => before + weights[i]!, 0);
  const kept: number[] = [];
  let sum = 0;
  for (const i of top) {
    if (sum >= p) break;
    sum += weights[i]! / mass;
    kept.push(i);
  }
  const total = kept.reduce((before, i) => before + weights[i]!, 0);
  return logits.map((_, i) => (kept.includes(i) ? weights[i]! / total : 0));
}

/** [out, in] matrix times vector. */
function multiply(matrix: Float32Array, x: Float64Array): Float64Array {
  const out = new Float64Array(matrix.length / x.length);
  for (let row = 0; row < out.length; row++) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += matrix[row * x.length + i]! * x[i]!;
    out[row] = sum;
  }
  return out;
}

function add(to: Float64Array, x: Float64Array): void {
  for (let i = 0; i < x.length; i++) to[i]! += x[i]!;
}
