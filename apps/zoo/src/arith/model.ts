import type { LlamaConfig } from "@touchstone/training";
import { SPECIAL } from "../word-tokenizer.ts";
import { vocabulary } from "./tokenizer.ts";

const tokens = vocabulary();

/** The shape that every model of this world shares; 1.02 M parameters. */
export const ARITH_CONFIG: LlamaConfig = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: tokens.length,
  hidden_size: 128,
  intermediate_size: 352,
  num_hidden_layers: 5,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  head_dim: 32,
  hidden_act: "silu",
  max_position_embeddings: 160,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  tie_word_embeddings: true,
  attention_bias: false,
  mlp_bias: false,
  pad_token_id: tokens.indexOf(SPECIAL.pad),
  bos_token_id: tokens.indexOf(SPECIAL.bos),
  eos_token_id: tokens.indexOf(SPECIAL.eos),
  torch_dtype: "float32",
};
