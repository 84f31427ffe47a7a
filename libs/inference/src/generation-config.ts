/** How a model's makers advise to sample from it. */
export interface AdvisedSampling {
  /** What we take, by our names; empty where the file advises nothing, or to decode greedily. */
  readonly taken: { readonly temperature?: number; readonly topK?: number; readonly topP?: number };
  /** What the file says of sampling and we do not follow, by its own names. */
  readonly left: Readonly<Record<string, unknown>>;
}

const OURS = { temperature: "temperature", top_k: "topK", top_p: "topP" } as const;

/** Values at which a setting changes nothing. */
const NEUTRAL: Readonly<Record<string, readonly unknown[]>> = {
  repetition_penalty: [1],
  min_p: [0, null],
  typical_p: [1],
  epsilon_cutoff: [0],
  eta_cutoff: [0],
  no_repeat_ngram_size: [0],
  encoder_no_repeat_ngram_size: [0],
  encoder_repetition_penalty: [1],
  num_beams: [1],
  num_beam_groups: [1],
  diversity_penalty: [0],
  length_penalty: [1],
  penalty_alpha: [null],
  top_h: [null],
  exponential_decay_length_penalty: [null],
  bad_words_ids: [null],
  suppress_tokens: [null],
  begin_suppress_tokens: [null],
  sequence_bias: [null],
  guidance_scale: [null, 1],
  forced_bos_token_id: [null],
  forced_eos_token_id: [null],
};

/**
 * What a `generation_config.json` says of sampling, as vLLM reads it: only what stands in the file counts, not what a library would put
 * in where it is silent (transformers' top-k of 50). With `do_sample: false` it describes greedy decoding, of which no two samples differ:
 * then nothing is taken. Penalties and other laws that change what is drawn are not followed, and listed in `left`.
 */
export function advisedSampling(config: Readonly<Record<string, unknown>>): AdvisedSampling {
  const taken: Record<string, number> = {};
  const left: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(config)) {
    const ours = OURS[name as keyof typeof OURS];
    if (ours !== undefined) {
      if (config["do_sample"] !== false && isValid(ours, value)) taken[ours] = value;
      else if (value !== null) left[name] = value;
    } else if (name in NEUTRAL && !NEUTRAL[name]!.includes(value)) {
      left[name] = value;
    }
  }
  return { taken, left };
}

function isValid(name: (typeof OURS)[keyof typeof OURS], value: unknown): value is number {
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  if (name === "temperature") return value > 0;
  return name === "topK" ? Number.isSafeInteger(value) && value >= 0 : value > 0 && value <= 1;
}
