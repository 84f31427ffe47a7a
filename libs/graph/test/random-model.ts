import { locateWeights, parseModelConfig, parseSafetensorsHeader } from "../src/index.ts";
import type { Model } from "../src/index.ts";
import { expectedTensors } from "../src/model.ts";

/** A model with random weights whose file exists only in memory. */
export interface RandomModel extends Model {
  readonly file: Uint8Array;
  /** The same weights as numbers. */
  readonly numbers: ReadonlyMap<string, Float32Array>;
}

/** Shapes of the speed fixture: 4 layers, width 128, 4 heads, mlp 344, vocabulary 64. */
export const fixtureConfig = {
  architectures: ["LlamaForCausalLM"],
  vocab_size: 64,
  hidden_size: 128,
  intermediate_size: 344,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  max_position_embeddings: 512,
};

/** A small generator for tests (mulberry32): the same numbers for the same seed. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Weights of about 1/√(inputs) times `spread`, norms around 1. */
export function randomModel(json: Record<string, unknown>, seed = 1, spread = 1): RandomModel {
  const config = parseModelConfig(json);
  const random = generator(seed);
  const numbers = new Map<string, Float32Array>();
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, shape] of expectedTensors(config)) {
    const count = shape.reduce((product, size) => product * size, 1);
    const scale = (spread * Math.sqrt(12)) / Math.sqrt(shape.at(-1) ?? 1);
    const values = Float32Array.from({ length: count }, () =>
      name.includes("norm") ? 0.8 + 0.4 * random() : scale * (random() - 0.5),
    );
    numbers.set(name, values);
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + 4 * count] };
    end += 4 * count;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  let offset = 8 + text.length;
  for (const values of numbers.values()) {
    file.set(new Uint8Array(values.buffer), offset);
    offset += values.byteLength;
  }
  const weights = locateWeights([{ location: "model.safetensors", header: parseSafetensorsHeader(file, file.length) }]);
  return { config, weights, file, numbers };
}
