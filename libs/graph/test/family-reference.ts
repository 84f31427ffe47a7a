/**
 * A float64 forward pass of one sequence straight from a published `config.json` and its tensors, with formulas as the papers and transformers'
 * model files have them. It shares nothing with the graphs, the reading of the configuration included.
 */

interface Published {
  readonly architectures: readonly string[];
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim?: number | null;
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  readonly rope_theta?: number;
  readonly rope_scaling?: Rope | null;
  readonly rope_parameters?: Rope;
  readonly tie_word_embeddings?: boolean;
  readonly sliding_window?: number | null;
  readonly use_sliding_window?: boolean;
  readonly max_window_layers?: number;
  readonly layer_types?: readonly string[];
  readonly no_rope_layers?: readonly number[] | null;
  readonly no_rope_layer_interval?: number;
}

interface Rope {
  readonly rope_type?: string;
  readonly type?: string;
  readonly rope_theta?: number;
  readonly factor?: number;
  readonly original_max_position_embeddings?: number;
  readonly low_freq_factor?: number;
  readonly high_freq_factor?: number;
  readonly beta_fast?: number;
  readonly beta_slow?: number;
  readonly short_factor?: readonly number[];
  readonly long_factor?: readonly number[];
}

type Tensors = ReadonlyMap<string, Float32Array>;

/** Final-norm states and, where the tensors hold a head, logits, of every position. */
export function familyForward(
  json: object,
  tensors: Tensors,
  ids: readonly number[],
): { hidden: number[][]; logits: number[][] } {
  const config = json as Published;
  const { hidden_size: width, num_attention_heads: heads, num_key_value_heads: keyHeads } = config;
  const size = config.head_dim ?? width / heads;
  const tensor = (name: string): Float32Array => {
    const found = tensors.get(name);
    if (found === undefined) throw new Error(`no tensor ${name}`);
    return found;
  };
  const linear = (x: readonly number[], name: string) => {
    const matrix = tensor(`${name}.weight`);
    const bias = tensors.get(`${name}.bias`);
    return Array.from({ length: matrix.length / x.length }, (_, out) => {
      let sum = bias?.[out] ?? 0;
      x.forEach((value, i) => (sum += value * matrix[out * x.length + i]!));
      return sum;
    });
  };
  const rms = (x: readonly number[], name: string) => {
    const gamma = tensor(`${name}.weight`);
    const root = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length + config.rms_norm_eps);
    return x.map((value, i) => (value / root) * gamma[i]!);
  };
  const embedding = tensor("model.embed_tokens.weight");
  let states = ids.map((id) => Array.from(embedding.subarray(id * width, (id + 1) * width)));
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `model.layers.${layer}`;
    const normed = states.map((state) => rms(state, `${at}.input_layernorm`));
    const headsOf = (kind: "q" | "k", normName: string) =>
      normed.map((state, position) => {
        const all = linear(state, `${at}.self_attn.${kind}_proj`);
        return Array.from({ length: all.length / size }, (_, head) => {
          const plain = all.slice(head * size, (head + 1) * size);
          const one = tensors.has(`${normName}.weight`) ? rms(plain, normName) : plain;
          return isTurned(config, layer) ? turn(config, size, one, position) : one;
        });
      });
    const queries = headsOf("q", `${at}.self_attn.q_norm`);
    const keys = headsOf("k", `${at}.self_attn.k_norm`);
    const values = normed.map((state) => linear(state, `${at}.self_attn.v_proj`));
    const window = windowOf(config, layer);
    states = states.map((state, position) => {
      const context = Array.from({ length: heads }, (_, head) => {
        const shared = Math.floor(head / (heads / keyHeads));
        const seen = ids.map((_id, other) => other).filter((other) => other <= position && other > position - window);
        const scores = seen.map((other) => dot(queries[position]![head]!, keys[other]![shared]!) / Math.sqrt(size));
        const weights = softmax(scores);
        return Array.from({ length: size }, (_unused, i) =>
          weights.reduce((sum, weight, j) => sum + weight * values[seen[j]!]![shared * size + i]!, 0),
        );
      }).flat();
      const attended = added(state, linear(context, `${at}.self_attn.o_proj`));
      const inner = rms(attended, `${at}.post_attention_layernorm`);
      const gate = linear(inner, `${at}.mlp.gate_proj`);
      const up = linear(inner, `${at}.mlp.up_proj`);
      return added(
        attended,
        linear(
          gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!),
          `${at}.mlp.down_proj`,
        ),
      );
    });
  }
  const hidden = states.map((state) => rms(state, "model.norm"));
  const tied = config.tie_word_embeddings ?? config.architectures[0]!.startsWith("SmolLM3");
  const head = tied ? "model.embed_tokens" : "lm_head";
  return { hidden, logits: tensors.has(`${head}.weight`) ? hidden.map((state) => linear(state, head)) : [] };
}

function windowOf(config: Published, layer: number): number {
  const [family] = /^(Llama|Qwen2|Qwen3|Mistral|SmolLM3)/u.exec(config.architectures[0]!) ?? [""];
  if (family === "Llama") return Infinity;
  if (family === "Mistral") return config.sliding_window ?? Infinity;
  if (config.use_sliding_window !== true) return Infinity;
  const slides =
    config.layer_types === undefined
      ? family === "SmolLM3"
        ? !isTurned(config, layer)
        : layer >= config.max_window_layers!
      : config.layer_types[layer] === "sliding_attention";
  return slides ? (config.sliding_window ?? Infinity) : Infinity;
}

function isTurned(config: Published, layer: number): boolean {
  if (!config.architectures[0]!.startsWith("SmolLM3")) return true;
  return config.no_rope_layers
    ? config.no_rope_layers[layer] === 1
    : (layer + 1) % (config.no_rope_layer_interval ?? 4) !== 0;
}

/** q · cos + rotate_half(q) · sin, both tables times the attention factor. */
function turn(config: Published, size: number, x: readonly number[], position: number): number[] {
  const { frequencies, attention } = rope(config, size, position + 1);
  const half = size / 2;
  return x.map((value, i) => {
    const angle = position * frequencies[i % half]!;
    const partner = i < half ? -x[i + half]! : x[i - half]!;
    return attention * (value * Math.cos(angle) + partner * Math.sin(angle));
  });
}

/** Inverse frequencies and attention factor for a text of `length` tokens. */
function rope(json: object, size: number, length: number): { frequencies: number[]; attention: number } {
  const config = json as Published;
  const scaling: Rope = config.rope_scaling ?? config.rope_parameters ?? {};
  const kind = scaling.rope_type ?? scaling.type ?? "default";
  const base = scaling.rope_theta ?? config.rope_theta ?? 10_000;
  const factor = scaling.factor ?? 1;
  const original = scaling.original_max_position_embeddings ?? config.max_position_embeddings;
  const inverse = (theta: number) => Array.from({ length: size / 2 }, (_, i) => 1 / theta ** ((2 * i) / size));
  const plain = { frequencies: inverse(base), attention: 1 };
  if (kind === "default") return plain;
  if (kind === "linear") return { frequencies: plain.frequencies.map((f) => f / factor), attention: 1 };
  if (kind === "dynamic") {
    const positions = config.max_position_embeddings;
    const reached = Math.max(length, positions);
    const grown = base * ((factor * reached) / positions - (factor - 1)) ** (size / (size - 2));
    return { frequencies: inverse(grown), attention: 1 };
  }
  if (kind === "llama3") {
    const [low, high] = [scaling.low_freq_factor!, scaling.high_freq_factor!];
    const frequencies = plain.frequencies.map((f) => {
      const wavelength = (2 * Math.PI) / f;
      if (wavelength < original / high) return f;
      if (wavelength > original / low) return f / factor;
      const smooth = (original / wavelength - low) / (high - low);
      return ((1 - smooth) * f) / factor + smooth * f;
    });
    return { frequencies, attention: 1 };
  }
  if (kind === "yarn") {
    const dimension = (rotations: number) =>
      (size * Math.log(original / (rotations * 2 * Math.PI))) / (2 * Math.log(base));
    const low = Math.max(Math.floor(dimension(scaling.beta_fast ?? 32)), 0);
    const high = Math.min(Math.ceil(dimension(scaling.beta_slow ?? 1)), size - 1);
    const frequencies = plain.frequencies.map((f, i) => {
      const ramp = Math.min(1, Math.max(0, (i - low) / (high === low ? 0.001 : high - low)));
      return (f / factor) * ramp + f * (1 - ramp);
    });
    return { frequencies, attention: 0.1 * Math.log(factor) + 1 };
  }
  if (kind === "longrope") {
    const factors = length > original ? scaling.long_factor! : scaling.short_factor!;
    const stretch = config.max_position_embeddings / original;
    return {
      frequencies: plain.frequencies.map((f, i) => f / factors[i]!),
      attention: Math.sqrt(1 + Math.log(stretch) / Math.log(original)),
    };
  }
  throw new Error(`no formula for ${kind}`);
}

function softmax(scores: readonly number[]): number[] {
  const top = Math.max(...scores);
  const masses = scores.map((score) => Math.exp(score - top));
  const total = masses.reduce((all, mass) => all + mass, 0);
  return masses.map((mass) => mass / total);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((all, x, i) => all + x * b[i]!, 0);
}

function added(a: readonly number[], b: readonly number[]): number[] {
  return a.map((x, i) => x + b[i]!);
}
