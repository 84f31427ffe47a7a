import { llamaShape } from "../src/config.ts";
import type { LlamaConfig } from "../src/config.ts";

/** Tensors in double precision. */
export type Reference = ReadonlyMap<string, Float64Array>;

/**
 * The Llama decoder written out token by token in double precision, after the formulas of modeling_llama.py (transformers): what the
 * traced model is held against, and smooth enough for finite differences. Returns the final-norm hidden states of one row.
 */
export function referenceHidden(config: LlamaConfig, weights: Reference, tokens: readonly number[]): number[][] {
  const s = llamaShape(config);
  const get = (name: string): Float64Array => weights.get(name)!;
  const linear = (name: string, x: readonly number[]): number[] => {
    const w = get(`${name}.weight`);
    const bias = weights.get(`${name}.bias`);
    const out = w.length / x.length;
    return Array.from({ length: out }, (_, o) =>
      x.reduce((sum, v, i) => sum + v * w[o * x.length + i]!, bias?.[o] ?? 0),
    );
  };
  const norm = (name: string, x: readonly number[]): number[] => {
    const g = get(name);
    const root = Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length + s.epsilon);
    return x.map((v, i) => (g[i]! * v) / root);
  };
  const rotate = (x: readonly number[], position: number): number[] =>
    x.map((v, i) => {
      const d = s.headWidth;
      const base = Math.floor(i / d) * d;
      const j = i - base;
      const angle = position * s.theta ** ((-2 * (j % (d / 2))) / d);
      const partner = j < d / 2 ? -x[base + j + d / 2]! : x[base + j - d / 2]!;
      return v * Math.cos(angle) + partner * Math.sin(angle);
    });

  const embedding = get("model.embed_tokens.weight");
  let xs = tokens.map((token) => [...embedding.subarray(token * s.width, (token + 1) * s.width)]);
  for (let n = 0; n < s.layers; n++) {
    const layer = `model.layers.${n}`;
    const hs = xs.map((x) => norm(`${layer}.input_layernorm.weight`, x));
    const qs = hs.map((h, t) => rotate(linear(`${layer}.self_attn.q_proj`, h), t));
    const ks = hs.map((h, t) => rotate(linear(`${layer}.self_attn.k_proj`, h), t));
    const vs = hs.map((h) => linear(`${layer}.self_attn.v_proj`, h));
    const d = s.headWidth;
    xs = xs.map((x, t) => {
      const mixed: number[] = [];
      for (let head = 0; head < s.heads; head++) {
        const kv = Math.floor(head / (s.heads / s.keyValueHeads));
        const scores = Array.from({ length: t + 1 }, (_unused, u) => {
          let score = 0;
          for (let i = 0; i < d; i++) score += qs[t]![head * d + i]! * ks[u]![kv * d + i]!;
          return score / Math.sqrt(d);
        });
        const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
        const total = powers.reduce((sum, p) => sum + p, 0);
        for (let i = 0; i < d; i++)
          mixed.push(powers.reduce((sum, p, u) => sum + (p / total) * vs[u]![kv * d + i]!, 0));
      }
      const y = linear(`${layer}.self_attn.o_proj`, mixed);
      return x.map((v, i) => v + y[i]!);
    });
    xs = xs.map((x) => {
      const m = norm(`${layer}.post_attention_layernorm.weight`, x);
      const up = linear(`${layer}.mlp.up_proj`, m);
      const gated = linear(`${layer}.mlp.gate_proj`, m).map((v, i) => (v / (1 + Math.exp(-v))) * up[i]!);
      const y = linear(`${layer}.mlp.down_proj`, gated);
      return x.map((v, i) => v + y[i]!);
    });
  }
  return xs.map((x) => norm("model.norm.weight", x));
}

/** Logits [vocabulary] of one final-norm hidden state. */
export function referenceLogits(config: LlamaConfig, weights: Reference, hidden: readonly number[]): number[] {
  const head = weights.get(config.tie_word_embeddings ? "model.embed_tokens.weight" : "lm_head.weight")!;
  const width = hidden.length;
  return Array.from({ length: head.length / width }, (_, o) =>
    hidden.reduce((sum, v, i) => sum + v * head[o * width + i]!, 0),
  );
}

/** log p(tokens[t] | tokens[< t]) for t = 1, 2, …; element 0 is NaN. */
export function referenceLogProbabilities(
  config: LlamaConfig,
  weights: Reference,
  tokens: readonly number[],
): number[] {
  const hidden = referenceHidden(config, weights, tokens);
  return tokens.map((token, t) => {
    if (t === 0) return Number.NaN;
    const z = referenceLogits(config, weights, hidden[t - 1]!);
    return z[token]! - Math.log(z.reduce((sum, v) => sum + Math.exp(v), 0));
  });
}

/** Central finite difference of `loss` along each element of each tensor: (f(w + h) − f(w − h)) / 2h. */
export function finiteDifferences(
  weights: Reference,
  loss: (weights: Reference) => number,
  h = 1e-5,
): Map<string, number[]> {
  return new Map(
    [...weights].map(([name, data]) => [
      name,
      [...data].map((value, i) => {
        data[i] = value + h;
        const above = loss(weights);
        data[i] = value - h;
        const below = loss(weights);
        data[i] = value;
        return (above - below) / (2 * h);
      }),
    ]),
  );
}

/** The reward of a row whose response begins at `start` and ends with the row. */
export function referenceReward(
  kind: "classifier" | "likelihood",
  config: LlamaConfig,
  weights: Reference,
  tokens: readonly number[],
  start: number,
): number {
  const last = referenceHidden(config, weights, tokens).at(-1)!;
  const vector = weights.get("score.weight")!;
  const fromLast = last.reduce((sum, value, i) => sum + value * vector[i]!, 0);
  if (kind === "classifier") return fromLast;
  const likelihood = referenceLogProbabilities(config, weights, tokens)
    .slice(start)
    .reduce((sum, value) => sum + value, 0);
  return weights.get("likelihood.scale")![0]! * likelihood + fromLast + weights.get("score.bias")![0]!;
}
