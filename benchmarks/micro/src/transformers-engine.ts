import { basename, dirname } from "node:path";
import { AutoModelForCausalLM, AutoTokenizer, env, type PreTrainedModel, Tensor } from "@huggingface/transformers";
import { type Generator, ownPeak } from "./generator.ts";
import type { Workload } from "./workload.ts";

/** transformers.js on the same weights: the rows of a batch are the samples. */
export async function transformers(workload: Workload): Promise<Generator> {
  const { model, prompt } = await openTransformers(workload);
  const width = prompt.dims.at(-1)!;
  const { eos_token_id: end } = model.config as { eos_token_id?: number | null };
  return {
    engine: "transformers.js",
    async generate(samples) {
      const data = new BigInt64Array(samples * width);
      for (let row = 0; row < samples; row++) data.set(prompt.data as BigInt64Array, row * width);
      const knobs = { do_sample: true, temperature: 1, top_k: 0, max_new_tokens: workload.newTokens };
      const output = await model.generate({ ...rowsOf(data, [samples, width]), ...knobs } as never);
      return countTokens(output as Tensor, width, end);
    },
    peakMemoryBytes: ownPeak,
    close: async () => {
      await model.dispose();
    },
  };
}

/** The most probable tokens after the workload's prompt, by transformers.js on the CPU. */
export async function greedyTokens(workload: Workload): Promise<number[]> {
  const { model, prompt } = await openTransformers(workload);
  const knobs = { do_sample: false, max_new_tokens: workload.newTokens };
  const output = await model.generate({ ...rowsOf(prompt.data as BigInt64Array, prompt.dims), ...knobs } as never);
  await model.dispose();
  return Array.from((output as Tensor).data as BigInt64Array, Number).slice(prompt.dims.at(-1));
}

async function openTransformers({ folder, messages }: Workload): Promise<{ model: PreTrainedModel; prompt: Tensor }> {
  env.allowRemoteModels = false;
  env.localModelPath = dirname(folder);
  const name = basename(folder);
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  const model = await AutoModelForCausalLM.from_pretrained(name, { dtype: "fp32", device: "cpu" });
  const options = { add_generation_prompt: true, return_dict: true } as const;
  const { input_ids: prompt } = tokenizer.apply_chat_template([...messages], options) as { input_ids: Tensor };
  return { model, prompt };
}

function rowsOf(ids: BigInt64Array, dims: number[]) {
  return {
    inputs: new Tensor("int64", ids, dims),
    attention_mask: new Tensor("int64", new BigInt64Array(ids.length).fill(1n), dims),
  };
}

/** New tokens of every row, up to and with its end token. */
function countTokens(output: Tensor, promptWidth: number, end: number | null | undefined): number {
  const [rows, width] = output.dims as [number, number];
  let tokens = 0;
  for (let row = 0; row < rows; row++) {
    const drawn = Array.from(
      (output.data as BigInt64Array).subarray(row * width + promptWidth, (row + 1) * width),
      Number,
    );
    const at = end === null || end === undefined ? -1 : drawn.indexOf(end);
    tokens += at < 0 ? drawn.length : at + 1;
  }
  return tokens;
}
