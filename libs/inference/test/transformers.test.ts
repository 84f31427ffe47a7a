import { cp, mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AutoModelForCausalLM, env, type PreTrainedModel, Tensor } from "@huggingface/transformers";
import { buildStandardGraph } from "@touchstone/graph";
import { beforeAll, expect, it } from "vitest";
import { type LocalLanguageModel, loadLanguageModel } from "../src/index.ts";
import { readModelFolder } from "../src/model-folder.ts";
import { collect, fixture, PLAIN, request } from "./models.ts";
import { promptTokens } from "./tokens.ts";

const PROMPTS = ["what is this", "a", "the quick brown fox jumps over the lazy dog"];
const STEPS = 48;

let ours: LocalLanguageModel;
let theirs: PreTrainedModel;

/** Writes the standard export beside the model's files, where transformers.js looks for it. */
async function exportStandard(folder: string): Promise<void> {
  const { model } = await readModelFolder(folder);
  await mkdir(join(folder, "onnx"));
  await writeFile(join(folder, "onnx", "model.onnx"), buildStandardGraph(model));
  await cp(join(folder, "model.safetensors"), join(folder, "onnx", "model.safetensors"));
}

beforeAll(async () => {
  const shape = { layers: 3, width: 64, heads: 4, keyValueHeads: 2, mlp: 96, vocabulary: 64 };
  const folder = await fixture(shape, { end: false });
  await exportStandard(folder);
  ours = await loadLanguageModel(folder, { tile: 4 });
  env.allowRemoteModels = false;
  env.localModelPath = dirname(folder);
  theirs = await AutoModelForCausalLM.from_pretrained(basename(folder), { dtype: "fp32", device: "cpu" });
  return async () => {
    await ours.close();
    await theirs.dispose();
  };
});

function ids(tokens: readonly number[]): { input_ids: Tensor; attention_mask: Tensor } {
  const dims = [1, tokens.length];
  return {
    input_ids: new Tensor("int64", BigInt64Array.from(tokens, BigInt), dims),
    attention_mask: new Tensor("int64", new BigInt64Array(tokens.length).fill(1n), dims),
  };
}

it.each(PROMPTS)("takes transformers.js's greedy tokens after %j", async (text) => {
  const prompt = promptTokens(text);
  const output = (await theirs.generate({ ...ids(prompt), do_sample: false, max_new_tokens: STEPS })) as Tensor;
  const expected = Array.from(output.data as BigInt64Array, Number).slice(prompt.length);
  const decoding = { ...PLAIN, temperature: 0, maxTokens: STEPS };
  const [[sample] = []] = await collect(ours, [request(text, { count: 1, decoding })]);
  expect(Array.from(sample!.tokens)).toEqual(expected);
});

it.each(PROMPTS)("gives transformers.js's logits, normalised, within 1e-4 after %j", async (text) => {
  const prompt = promptTokens(text);
  const response = [10, 20, 30, 40, 50, 60];
  const { logits } = (await theirs({ ...ids([...prompt, ...response]) })) as { logits: Tensor };
  const [, , vocabulary] = logits.dims as [number, number, number];
  // The engine scores given tokens: every token of the vocabulary as the next one gives the whole row of logits, up to log Σ exp.
  for (const length of [0, 1, response.length]) {
    const before = response.slice(0, length);
    const row = (logits.data as Float32Array)
      .subarray((prompt.length + length - 1) * vocabulary)
      .subarray(0, vocabulary);
    const normaliser = Math.log(row.reduce((sum, l) => sum + Math.exp(l), 0));
    const pairs = Array.from({ length: vocabulary }, (_, token) => ({
      messages: [{ role: "user" as const, content: text }],
      response: { text: "", tokens: Int32Array.from([...before, token]) },
    }));
    const scored = await ours.score(pairs);
    for (const [token, { logProbability }] of scored.entries()) {
      expect(Math.abs(logProbability[length]! - (row[token]! - normaliser))).toBeLessThan(1e-4);
    }
  }
});
