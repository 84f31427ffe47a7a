import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadRewardModel } from "@touchstone/inference";
import { forwardRewards, initializeLlama, readModel, readSafetensors } from "@touchstone/training";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeHalfSafetensors } from "../src/half-precision.ts";
import { sequence } from "../src/instruct/batches.ts";
import { exportModel } from "../src/instruct/export.ts";
import { INSTRUCT_CONFIG } from "../src/instruct/model.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "touchstone-half-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("rounds every number to the nearest of half precision, and keeps names and shapes", async () => {
  const path = join(folder, "model.safetensors");
  // 1 + 2⁻¹¹ lies half way between two numbers of 10 bits of fraction: ties go to the even one. 65519 is the last that is not infinite.
  const data = Float32Array.of(1.5, -2, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 2 ** -24);
  await writeHalfSafetensors(path, new Map([["a.weight", { shape: [2, 3], data }]]));
  const { tensors } = await readSafetensors(path);
  expect([...tensors.keys()]).toEqual(["a.weight"]);
  expect(tensors.get("a.weight")?.shape).toEqual([2, 3]);
  expect([...(tensors.get("a.weight")?.data ?? [])]).toEqual([1.5, -2, 1, 1 + 2 ** -9, 65504, 2 ** -24]);
});

it("gives the engine the rewards that training's forward pass computes from the same file", async () => {
  const config = { architectures: ["LlamaForSequenceClassification"], num_labels: 1, torch_dtype: "float16" };
  const weights = initializeLlama(INSTRUCT_CONFIG, 5, "classifier");
  weights.set("score.weight", { shape: [1, 128], data: Float32Array.from({ length: 128 }, (_, at) => Math.sin(at)) });
  await exportModel(folder, weights, config);
  const prompt = "Note on rain. Use moss.";
  const responses = ["- moss\n", "- rain AND moss!\n- wet\n"];
  const model = await loadRewardModel(folder);
  const rewards = await model.reward(
    responses.map((text) => ({ messages: [{ role: "user", content: prompt }], response: { text } })),
  );
  await model.close();
  const lines = responses.map((response) => sequence(prompt, response));
  const length = Math.max(...lines.map(({ ids }) => ids.length));
  const tokens = new Int32Array(lines.length * length);
  for (const [row, { ids }] of lines.entries()) tokens.set(ids, row * length);
  const theirs = await forwardRewards(await readModel(folder), {
    rows: lines.length,
    length,
    tokens,
    starts: Int32Array.from(lines, ({ promptLength }) => promptLength),
    ends: Int32Array.from(lines, ({ ids }) => ids.length),
  });
  for (const [at, { value }] of rewards.entries()) expect(Math.abs(value - theirs[at]!)).toBeLessThan(1e-3);
  expect(rewards[0]?.value).not.toBe(rewards[1]?.value);
});
