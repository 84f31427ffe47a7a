import type { RandomModel } from "./random-model.ts";

/** A plain float64 forward pass of one sequence, written from the architecture's definition and sharing nothing with the graphs. */
export function forward(model: RandomModel, ids: readonly number[]): { hidden: number[][]; logits: number[][] } {
  const { config } = model;
  const weight = (name: string): Float32Array => {
    const values = model.numbers.get(name);
    if (values === undefined) throw new Error(`no tensor ${name}`);
    return values;
  };
  const linear = (input: readonly number[], name: string, bias: boolean): number[] => {
    const matrix = weight(`${name}.weight`);
    const width = input.length;
    return Array.from({ length: matrix.length / width }, (_, out) => {
      let sum = bias ? (weight(`${name}.bias`)[out] ?? 0) : 0;
      for (let i = 0; i < width; i++) sum += (matrix[out * width + i] ?? 0) * (input[i] ?? 0);
      return sum;
    });
  };
  const norm = (input: readonly number[], name: string): number[] => {
    const gamma = weight(name);
    const meanSquare = input.reduce((sum, x) => sum + x * x, 0) / input.length;
    return input.map((x, i) => (x / Math.sqrt(meanSquare + config.rmsNormEpsilon)) * (gamma[i] ?? 0));
  };
  const turn = (head: readonly number[], position: number): number[] => {
    const half = config.headSize / 2;
    return head.map((x, i) => {
      const angle = position * config.ropeTheta ** ((-2 * (i % half)) / config.headSize);
      const partner = i < half ? -(head[i + half] ?? 0) : (head[i - half] ?? 0);
      return x * Math.cos(angle) + partner * Math.sin(angle);
    });
  };
  const headOf = (values: readonly number[], index: number) =>
    values.slice(index * config.headSize, (index + 1) * config.headSize);
  const embedding = weight("model.embed_tokens.weight");
  let states = ids.map((id) => Array.from(embedding.subarray(id * config.hiddenSize, (id + 1) * config.hiddenSize)));
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`;
    const normed = states.map((state) => norm(state, `${prefix}.input_layernorm.weight`));
    const project = (kind: string) =>
      normed.map((state) => linear(state, `${prefix}.self_attn.${kind}_proj`, config.attentionBias));
    const [queries, keys, values] = [project("q"), project("k"), project("v")];
    states = states.map((state, position) => {
      const context: number[] = [];
      for (let head = 0; head < config.heads; head++) {
        const shared = Math.floor((head * config.keyValueHeads) / config.heads);
        const query = turn(headOf(queries[position] ?? [], head), position);
        const scores = states
          .slice(0, position + 1)
          .map((_, j) => dot(query, turn(headOf(keys[j] ?? [], shared), j)) / Math.sqrt(config.headSize));
        const weights = softmax(scores);
        for (let i = 0; i < config.headSize; i++)
          context.push(weights.reduce((sum, w, j) => sum + w * (headOf(values[j] ?? [], shared)[i] ?? 0), 0));
      }
      const attended = add(state, linear(context, `${prefix}.self_attn.o_proj`, config.attentionBias));
      const input = norm(attended, `${prefix}.post_attention_layernorm.weight`);
      const gate = linear(input, `${prefix}.mlp.gate_proj`, config.mlpBias);
      const up = linear(input, `${prefix}.mlp.up_proj`, config.mlpBias);
      const product = gate.map((x, i) => (x / (1 + Math.exp(-x))) * (up[i] ?? 0));
      return add(attended, linear(product, `${prefix}.mlp.down_proj`, config.mlpBias));
    });
  }
  const hidden = states.map((state) => norm(state, "model.norm.weight"));
  const head = config.tiedEmbeddings ? "model.embed_tokens" : "lm_head";
  const logits = model.numbers.has(`${head}.weight`) ? hidden.map((state) => linear(state, head, false)) : [];
  return { hidden, logits };
}

export function softmax(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const exponentials = logits.map((x) => Math.exp(x - top));
  const total = exponentials.reduce((sum, x) => sum + x, 0);
  return exponentials.map((x) => x / total);
}

export function logSoftmax(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const total = logits.reduce((sum, x) => sum + Math.exp(x - top), 0);
  return logits.map((x) => x - top - Math.log(total));
}

/** Fu et al. 2025: minus the mean log-probability of the 20 most probable tokens, or of all where there are fewer. */
export function topConfidence(logs: readonly number[]): number {
  const largest = logs.toSorted((a, b) => b - a).slice(0, 20);
  return -largest.reduce((sum, x) => sum + x, 0) / largest.length;
}

/** The decoding law by its definition: temperature, then the top-k tokens, then the smallest set that reaches top-p; ties to the lower id. */
export function decodingLaw(logits: readonly number[], temperature: number, topK: number, topP: number): number[] {
  const tempered = softmax(logits.map((x) => x / temperature));
  const order = tempered.map((p, id) => ({ p, id })).toSorted((a, b) => b.p - a.p || a.id - b.id);
  const likeliest = order.slice(0, topK);
  const mass = likeliest.reduce((sum, { p }) => sum + p, 0);
  const law = tempered.map(() => 0);
  let reached = 0;
  for (const { p, id } of likeliest) {
    if (reached >= topP) break;
    law[id] = p / mass;
    reached += p / mass;
  }
  const kept = law.reduce((sum, p) => sum + p, 0);
  return law.map((p) => p / kept);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
}

function add(a: readonly number[], b: readonly number[]): number[] {
  return a.map((x, i) => x + (b[i] ?? 0));
}
