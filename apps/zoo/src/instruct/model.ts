import type { LlamaConfig } from "@touchstone/training";
import { SPECIAL } from "../word-tokenizer.ts";
import { idOf, INSTRUCT_TOKENIZER, MAX_LENGTH } from "./tokenizer.ts";

/** The shape that every model of this world shares: that of `arith` with four layers; .84 M parameters. */
export const INSTRUCT_CONFIG: LlamaConfig = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: INSTRUCT_TOKENIZER.tokens.length,
  hidden_size: 128,
  intermediate_size: 352,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  head_dim: 32,
  hidden_act: "silu",
  max_position_embeddings: MAX_LENGTH,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  tie_word_embeddings: true,
  attention_bias: false,
  mlp_bias: false,
  pad_token_id: idOf(SPECIAL.pad),
  bos_token_id: idOf(SPECIAL.bos),
  eos_token_id: idOf(SPECIAL.eos),
  torch_dtype: "float32",
};
