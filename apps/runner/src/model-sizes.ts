import type { ModelSize } from "@touchstone/core";

/** Dimensions of a decoder as its config.json has them. */
interface Shape {
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headWidth: number;
  readonly intermediate: number;
  readonly vocabulary: number;
  /** One matrix for input embeddings and output head. */
  readonly tied?: boolean;
  /** Biases of queries, keys and values. */
  readonly biases?: boolean;
  /** Norms of queries and keys, as wide as a head. */
  readonly headNorms?: boolean;
  /** Norms without weights. */
  readonly bareNorms?: boolean;
}

const LLAMA_8B: Shape = {
  hidden: 4096,
  layers: 32,
  heads: 32,
  keyValueHeads: 8,
  headWidth: 128,
  intermediate: 14336,
  vocabulary: 128256,
};
const TULU_8B: Shape = { ...LLAMA_8B, vocabulary: 128264 };
const LLAMA_1B: Shape = { ...LLAMA_8B, hidden: 2048, layers: 16, headWidth: 64, intermediate: 8192, tied: true };
const LLAMA_3B: Shape = { ...LLAMA_8B, hidden: 3072, layers: 28, heads: 24, intermediate: 8192, tied: true };
const MISTRAL_7B: Shape = { ...LLAMA_8B, vocabulary: 32000 };
const QWEN25_7B: Shape = {
  hidden: 3584,
  layers: 28,
  heads: 28,
  keyValueHeads: 4,
  headWidth: 128,
  intermediate: 18944,
  vocabulary: 152064,
  biases: true,
};
const QWEN15_7B: Shape = { ...LLAMA_8B, keyValueHeads: 32, intermediate: 11008, vocabulary: 151936, biases: true };
const QWEN3_8B: Shape = { ...LLAMA_8B, layers: 36, intermediate: 12288, vocabulary: 151936, headNorms: true };
const QWEN3_4B: Shape = { ...QWEN3_8B, hidden: 2560, intermediate: 9728, tied: true };
const GEMMA_7B: Shape = {
  hidden: 3072,
  layers: 28,
  heads: 16,
  keyValueHeads: 16,
  headWidth: 256,
  intermediate: 24576,
  vocabulary: 256000,
  tied: true,
};
const OLMO_7B: Shape = {
  ...LLAMA_8B,
  keyValueHeads: 32,
  intermediate: 11008,
  vocabulary: 50304,
  bareNorms: true,
};

/**
 * Models that the papers' suites name, by their names on the hub. Dimensions are those of their config.json files as they are known
 * publicly; no hub was at hand when this was written. A test holds the sums against the counts that the hub shows. For a plan only: a
 * model that is here is counted from its weights.
 */
const POLICIES: Readonly<Record<string, Shape>> = {
  "allenai/Llama-3.1-Tulu-3-8B-SFT": TULU_8B,
  "allenai/Llama-3.1-Tulu-3-8B-DPO": TULU_8B,
  "allenai/OLMo-7B-0724-Instruct-hf": OLMO_7B,
  "google/gemma-7b-it": GEMMA_7B,
  "HuggingFaceH4/zephyr-7b-alpha": MISTRAL_7B,
  "meta-llama/Llama-3.1-8B-Instruct": LLAMA_8B,
  "meta-llama/Llama-3.2-1B-Instruct": LLAMA_1B,
  "meta-llama/Meta-Llama-3-8B-Instruct": LLAMA_8B,
  "mistralai/Mistral-7B-Instruct-v0.3": { ...MISTRAL_7B, vocabulary: 32768 },
  "openbmb/Eurus-7b-kto": MISTRAL_7B,
  "Qwen/Qwen1.5-7B-Chat": QWEN15_7B,
  "Qwen/Qwen2.5-7B-Instruct": QWEN25_7B,
  "Qwen/Qwen3-4B-Instruct-2507": QWEN3_4B,
};

/** With one output in place of the head; what else ArmoRM and GRM have at their end is not counted. */
const REWARD_MODELS: Readonly<Record<string, Shape>> = {
  "allenai/Llama-3.1-Tulu-3-8B-RM": TULU_8B,
  "Ray2333/GRM-Llama3.2-3B-rewardmodel-ft": LLAMA_3B,
  "RLHFlow/ArmoRM-Llama3-8B-v0.1": LLAMA_8B,
  "sfairXC/FsfairX-LLaMA3-RM-v0.1": LLAMA_8B,
  "Skywork/Skywork-Reward-V2-Llama-3.1-8B": LLAMA_8B,
  "Skywork/Skywork-Reward-V2-Qwen3-8B": QWEN3_8B,
  "weqweasdas/RM-Mistral-7B": MISTRAL_7B,
};

const UNKNOWN: ModelSize = { total: Number.NaN, active: Number.NaN, attentionWidth: Number.NaN };

/** Size of a model of the hub, by name: a table for plans. Every number NaN where the name is not in it. */
export function knownSize(repository: string): ModelSize {
  const policy = POLICIES[repository];
  if (policy) return sizeOf(policy, "head");
  const rewardModel = REWARD_MODELS[repository];
  return rewardModel ? sizeOf(rewardModel, "one output") : UNKNOWN;
}

function sizeOf(shape: Shape, end: "head" | "one output"): ModelSize {
  const { hidden, layers, heads, keyValueHeads, headWidth, intermediate, vocabulary } = shape;
  const queries = heads * headWidth;
  const keys = keyValueHeads * headWidth;
  const biases = shape.biases === true ? queries + 2 * keys : 0;
  const attention = hidden * (queries + 2 * keys) + queries * hidden + biases;
  const headNorms = shape.headNorms === true ? 2 * headWidth : 0;
  const norm = shape.bareNorms === true ? 0 : hidden;
  const blocks = layers * (attention + 3 * hidden * intermediate + 2 * norm + headNorms) + norm;
  const embeddings = vocabulary * hidden;
  const output = end === "one output" ? hidden : embeddings;
  const shared = end === "head" && shape.tied === true ? embeddings : 0;
  return {
    total: embeddings + blocks + output - shared,
    active: blocks + output,
    attentionWidth: layers * heads * headWidth,
  };
}
