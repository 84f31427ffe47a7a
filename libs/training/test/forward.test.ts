import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forward, forwardRewards, initializeLlama, readModel, writeSafetensors } from "../src/index.ts";
import type { LlamaConfig } from "../src/index.ts";
import { referenceHidden, referenceLogits } from "./reference.ts";

const config: LlamaConfig = {
  architectures: ["LlamaForCausalLM"],
  vocab_size: 16,
  hidden_size: 12,
  intermediate_size: 20,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  num_key_value_heads: 1,
  head_dim: 8,
  rope_theta: 500,
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "touchstone-training-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("logits and hidden states of a folder's model equal those of the written-out model", async () => {
  // Weights of order 1, so that attention is far from uniform and positions matter.
  const weights = new Map(
    [...initializeLlama(config, 2)].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((value) => (shape.length > 1 ? 20 * value : value)) },
    ]),
  );
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  await writeSafetensors(join(folder, "model.safetensors"), weights);
  const rows = [
    [3, 1, 4, 1, 5, 9, 2, 6],
    [15, 0, 7],
  ];
  const results = await forward(await readModel(folder), rows);
  const double = new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]));
  for (const [r, tokens] of rows.entries()) {
    const hidden = referenceHidden(config, double, tokens);
    const scores = hidden.flatMap((state) => referenceLogits(config, double, state));
    expect(results[r]!.logits.length).toBe(tokens.length * 16);
    expect(Math.max(...scores.map((value, i) => Math.abs(value - results[r]!.logits[i]!)))).toBeLessThan(1e-4);
    expect(Math.max(...hidden.flat().map((value, i) => Math.abs(value - results[r]!.hidden[i]!)))).toBeLessThan(1e-4);
  }
});

test("a score on a later token, however large, does not reach an earlier one", async () => {
  const sharp = new Map(
    [...initializeLlama(config, 4)].map(([name, { shape, data }]) => {
      const scale = /[qk]_proj/.test(name) ? 400 : 1;
      return [name, { shape, data: data.map((value) => scale * value) }];
    }),
  );
  const tokens = [7, 2, 11, 5, 13, 0];
  const [row] = await forward({ config, kind: "language-model", weights: sharp }, [tokens]);
  const [first] = await forward({ config, kind: "language-model", weights: sharp }, [tokens.slice(0, 2)]);
  const double = new Map([...sharp].map(([name, { data }]) => [name, Float64Array.from(data)]));
  const hidden = referenceHidden(config, double, tokens).flat();
  expect(Math.max(...hidden.map((value, i) => Math.abs(value - row!.hidden[i]!)))).toBeLessThan(1e-2);
  expect(Math.max(...first!.hidden.map((value, i) => Math.abs(value - row!.hidden[i]!)))).toBeLessThan(1e-4);
});

test("initial weights depend on the seed and the tensor's name, not on the rest of the model", () => {
  const one = initializeLlama(config, 1);
  const deeper = initializeLlama({ ...config, num_key_value_heads: 3 }, 1);
  const other = initializeLlama(config, 2);
  const name = "model.layers.1.mlp.gate_proj.weight";
  expect(deeper.get(name)).toEqual(one.get(name));
  expect(other.get(name)).not.toEqual(one.get(name));
  const { data } = one.get("model.embed_tokens.weight")!;
  const deviation = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
  // 192 draws: the standard error of the deviation is 5 %; four of them.
  expect(deviation).toBeGreaterThan(0.02 * 0.8);
  expect(deviation).toBeLessThan(0.02 * 1.2);
});

test("what cannot be computed rightly is refused", async () => {
  const model = { config, kind: "language-model", weights: initializeLlama(config, 1) } as const;
  const rows = { rows: 1, length: 2, tokens: Int32Array.of(0, 1), starts: Int32Array.of(1), ends: Int32Array.of(2) };
  await expect(forwardRewards(model, rows)).rejects.toThrow("not-a-reward-model: A language model has no reward.");
  expect(() => initializeLlama({ ...config, hidden_act: "gelu" }, 1)).toThrow(
    "unsupported-model: This model's activation is not supported in training. Received: gelu.",
  );
  expect(() => initializeLlama({ ...config, rope_scaling: { rope_type: "llama3" } }, 1)).toThrow(
    "unsupported-model: This model's rope scaling is not supported in training. Received: llama3.",
  );
});

test("a folder that holds no model says what is missing", async () => {
  await expect(readModel(folder)).rejects.toThrow("missing-model-file: A file of the model is missing.");
  await writeFile(join(folder, "config.json"), "{");
  await expect(readModel(folder)).rejects.toThrow("is not JSON");
  await writeFile(join(folder, "config.json"), JSON.stringify({ ...config, architectures: ["BertModel"] }));
  await expect(readModel(folder)).rejects.toThrow("unsupported-model: The architecture of");
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  await expect(readModel(folder)).rejects.toThrow("missing-model-file: A file of the model is missing.");
});
