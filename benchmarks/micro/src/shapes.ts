import { rmSync } from "node:fs";
import { link, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildStandardGraph, countParameters } from "@touchstone/graph";
import { writeCheckpoint } from "@touchstone/inference/fixture";
import { readModel } from "./standard-export.ts";
import { FIXTURE_PROMPT, type Workload } from "./workload.ts";

/** A published model's shape, by its `config.json`. */
interface Shape {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

export const SHAPES: readonly Shape[] = [
  {
    name: "SmolLM2-135M",
    config: {
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      vocab_size: 49_152,
      hidden_size: 576,
      intermediate_size: 1536,
      num_hidden_layers: 30,
      num_attention_heads: 9,
      num_key_value_heads: 3,
      hidden_act: "silu",
      attention_bias: false,
      mlp_bias: false,
      max_position_embeddings: 8192,
      rms_norm_eps: 1e-5,
      rope_scaling: null,
      rope_theta: 100_000,
      tie_word_embeddings: true,
    },
  },
  {
    name: "Qwen2.5-0.5B",
    config: {
      architectures: ["Qwen2ForCausalLM"],
      model_type: "qwen2",
      vocab_size: 151_936,
      hidden_size: 896,
      intermediate_size: 4864,
      num_hidden_layers: 24,
      num_attention_heads: 14,
      num_key_value_heads: 2,
      hidden_act: "silu",
      max_position_embeddings: 32_768,
      max_window_layers: 24,
      rms_norm_eps: 1e-6,
      rope_theta: 1_000_000,
      sliding_window: 32_768,
      tie_word_embeddings: true,
      use_sliding_window: false,
    },
  },
];

/** What of a shape decides its ceilings. */
export interface ShapeSize {
  readonly model: string;
  /** Parameters that multiply an activation for every token, the tied head among them. */
  readonly activeParameters: number;
}

/** New tokens of a sample: a real model is slow enough for few to be measured well. */
export const SHAPE_TOKENS = 32;

/** A folder with random float32 weights of the shape, and their standard export beside them, while `use` runs. */
export async function withShape<T>(
  { name, config }: Shape,
  use: (workload: Workload, size: ShapeSize) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), "touchstone-bench-"));
  // Gigabytes, which a measurement that somebody stops must not leave behind.
  const clean = () => rmSync(root, { recursive: true, force: true });
  const stop = () => process.exit(130);
  process.once("exit", clean).once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const folder = join(root, name);
    await writeCheckpoint(folder, config, { end: false });
    const model = await readModel(folder);
    await mkdir(join(folder, "onnx"));
    await writeFile(join(folder, "onnx", "model.onnx"), buildStandardGraph(model));
    // Gigabytes: another name of the same file.
    await link(join(folder, "model.safetensors"), join(folder, "onnx", "model.safetensors"));
    const messages = [{ role: "user" as const, content: FIXTURE_PROMPT }];
    const workload = { model: name, folder, messages, newTokens: SHAPE_TOKENS };
    return await use(workload, { model: name, activeParameters: countParameters(model).active });
  } finally {
    process.off("exit", clean).off("SIGINT", stop).off("SIGTERM", stop);
    clean();
  }
}
