import { z } from "zod";

/** What servers answer, as far as it is read; everything else in an answer is left alone. Fields that only some servers send are optional. */

const optional = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? undefined);

export const modelList = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      root: optional(z.string()),
      created: optional(z.number()),
      owned_by: optional(z.string()),
      max_model_len: optional(z.number()),
      meta: optional(z.object({ n_params: optional(z.number()), n_ctx_train: optional(z.number()) })),
    }),
  ),
});

export type ListedModel = z.output<typeof modelList>["data"][number];

const usage = optional(z.object({ prompt_tokens: optional(z.number()), completion_tokens: optional(z.number()) }));

const common = {
  model: optional(z.string()),
  system_fingerprint: optional(z.string()),
  usage,
};

/** A token with its log-probability, as chat answers and llama.cpp list them; `id` is llama.cpp's. */
const listedToken = z.object({
  id: optional(z.number()),
  token: z.string(),
  bytes: optional(z.array(z.number())),
  logprob: optional(z.number()),
  top_logprobs: optional(z.array(z.object({ token: z.string(), logprob: optional(z.number()) }))),
});

const listedTokens = z.object({ content: optional(z.array(listedToken)) });

/** Log-probabilities of the older form of completions. A first prompt token has none. */
const parallelTokens = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()),
  top_logprobs: optional(z.array(z.record(z.string(), z.number()).nullable())),
});

const ended = {
  index: optional(z.number()),
  finish_reason: optional(z.string()),
  /** vLLM: the stop string, or the id of the stop token; null where the model ended. SGLang calls it `matched_stop`. */
  stop_reason: optional(z.union([z.string(), z.number()])),
  matched_stop: optional(z.union([z.string(), z.number()])),
  token_ids: optional(z.array(z.number())),
  prompt_token_ids: optional(z.array(z.number())),
};

const promptLogprobs = optional(z.array(z.record(z.string(), z.object({ logprob: z.number() }).loose()).nullable()));

export const completion = z.object({
  ...common,
  choices: z.array(
    z.object({
      ...ended,
      text: z.string(),
      logprobs: optional(z.union([parallelTokens, listedTokens])),
      prompt_logprobs: promptLogprobs,
    }),
  ),
});

export type Completion = z.output<typeof completion>;

export const chatCompletion = z.object({
  ...common,
  /** vLLM has it beside the choices. */
  prompt_token_ids: optional(z.array(z.number())),
  choices: z.array(
    z.object({
      ...ended,
      message: z.object({ content: optional(z.string()) }),
      logprobs: optional(listedTokens),
    }),
  ),
});

export type ChatCompletion = z.output<typeof chatCompletion>;

const generatedToken = z.object({
  id: z.number(),
  text: z.string(),
  logprob: optional(z.number()),
  special: optional(z.boolean()),
});

/** TGI's own endpoint. */
export const generated = z.object({
  generated_text: z.string(),
  details: z.object({
    finish_reason: z.string(),
    generated_tokens: z.number(),
    tokens: z.array(generatedToken),
    prefill: optional(z.array(generatedToken)),
  }),
});

export type Generated = z.output<typeof generated>;

/** vLLM and SGLang: numbers; llama.cpp: numbers too, unless asked for pieces. */
export const tokenized = z.object({ tokens: z.array(z.number()), max_model_len: optional(z.number()) });

/** TGI's `/chat_tokenize`. */
export const chatTokenized = z.object({
  tokenize_response: z.array(z.object({ id: z.number() })),
  templated_text: z.string(),
});

/** vLLM says `prompt`, SGLang `text`, llama.cpp `content`. */
export const detokenized = z
  .object({ prompt: optional(z.string()), text: optional(z.string()), content: optional(z.string()) })
  .transform(({ prompt, text, content }) => prompt ?? text ?? content)
  .refine((text) => text !== undefined, "holds no text");

/** llama.cpp's `/apply-template`. */
export const templated = z.object({ prompt: z.string() });

export const version = z.object({ version: z.string() });

/** SGLang's `/get_server_info` (later `/server_info`) and `/get_model_info`. */
export const sglangInfo = z.object({
  version: optional(z.string()),
  model_path: optional(z.string()),
  dtype: optional(z.string()),
  weight_version: optional(z.string()),
});

/** llama.cpp's `/props`. */
export const llamaProps = z.object({
  build_info: optional(z.string()),
  model_path: optional(z.string()),
  default_generation_settings: z.object({ n_ctx: optional(z.number()) }),
});

/** TGI's `/info`. */
export const tgiInfo = z.object({
  model_id: z.string(),
  model_sha: optional(z.string()),
  model_dtype: optional(z.string()),
  version: z.string(),
  max_total_tokens: z.number(),
});
