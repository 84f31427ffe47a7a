import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TouchstoneError } from "@touchstone/core";
import { encodeSafetensors } from "@touchstone/graph";
import { expect, it } from "vitest";
import { writeCheckpoint } from "../src/fixture/index.ts";
import { loadLanguageModel, loadRewardModel } from "../src/index.ts";
import { readModelFolder } from "../src/model-folder.ts";
import { disposable, fixture, temporaryFolder } from "./models.ts";
import { ReferenceLlama } from "./reference.ts";
import { characterTokens, promptTokens, sequenceTokens } from "./tokens.ts";

const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 64,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: true,
};
const INDEX = "model.safetensors.index.json";

async function sharded(change: (folder: string) => Promise<void>): Promise<TouchstoneError | undefined> {
  const folder = temporaryFolder();
  await writeCheckpoint(folder, config, { shards: 3, dtype: "BF16" });
  await change(folder);
  return readModelFolder(folder).then(
    () => undefined,
    (error: unknown) => error as TouchstoneError,
  );
}

it("reads shards, and says which of them is missing, cut or not named", async () => {
  expect(await sharded(async () => {})).toBeUndefined();
  expect(await sharded((folder) => rm(join(folder, "model-00002-of-00003.safetensors")))).toMatchObject({
    code: "missing-model-file",
    message: expect.stringContaining("no readable model-00002-of-00003.safetensors") as string,
  });
  expect(await sharded((folder) => truncate(join(folder, "model-00003-of-00003.safetensors"), 900))).toMatchObject({
    code: "corrupt-safetensors",
    message: expect.stringContaining("model-00003-of-00003.safetensors") as string,
  });
  for (const index of [{}, { weight_map: {} }, { weight_map: { a: 3 } }, { weight_map: { a: "../elsewhere" } }])
    expect(await sharded((folder) => writeFile(join(folder, INDEX), JSON.stringify(index)))).toMatchObject({
      code: "invalid-model-file",
      message: expect.stringContaining("does not say in which file of the folder each tensor lies") as string,
    });
});

it("takes a copy of the tied embedding for the head, and no other head", async () => {
  const withHead = (change: (head: Float32Array) => void) =>
    sharded(async (folder) => {
      const model = await readModelFolder(folder);
      const { shape, location, offset, length } = model.model.weights.get("model.embed_tokens.weight")!;
      const bytes = Uint8Array.from((await readFile(join(folder, location))).subarray(offset, offset + length));
      const head = Float32Array.from(new Uint16Array(bytes.buffer), (half) =>
        new DataView(Uint32Array.of(half << 16).buffer).getFloat32(0, true),
      );
      change(head);
      const file = encodeSafetensors(new Map([["lm_head.weight", { shape, data: head }]]), { dtype: "BF16" });
      await writeFile(join(folder, "head.safetensors"), file);
      const index = JSON.parse(await readFile(join(folder, INDEX), "utf8")) as { weight_map: Record<string, string> };
      index.weight_map["lm_head.weight"] = "head.safetensors";
      await writeFile(join(folder, INDEX), JSON.stringify(index));
    });
  expect(await withHead(() => {})).toBeUndefined();
  expect(await withHead((head) => (head[0]! += 1))).toMatchObject({
    code: "invalid-weights",
    value: "lm_head.weight",
    message: expect.stringContaining("ties the language-model head to the embedding, but the weights hold another one"),
  });
});

it("scores, embeds and rewards rows shorter than a group of heads", async () => {
  // Eight query heads share one key and value: the rotation asks for ten tokens, the rows have four and five.
  const shape = { layers: 1, width: 32, heads: 8, keyValueHeads: 1, mlp: 24, vocabulary: 64 };
  const folder = await fixture(shape);
  const reference = new ReferenceLlama(folder);
  await using model = disposable(await loadLanguageModel(folder));
  const messages = [{ role: "user" as const, content: "a" }];
  const token = characterTokens("b")[0]!;
  const [scored] = await model.score([{ messages, response: { text: "b", tokens: Int32Array.of(token) } }]);
  expect(scored!.logProbability[0]).toBeCloseTo(Math.log(reference.next(promptTokens("a"))[token]!), 4);
  const [embedding] = await model.embed([messages]);
  const state = reference.hidden(promptTokens("a")).at(-1)!;
  expect(embedding).toHaveLength(32);
  for (const [i, value] of embedding!.entries()) expect(value).toBeCloseTo(state[i]!, 4);

  const classifier = await fixture(shape, { kind: "classifier" });
  const judged = new ReferenceLlama(classifier);
  await using rewards = disposable(await loadRewardModel(classifier));
  const [reward] = await rewards.reward([{ messages, response: { text: "" } }]);
  const last = judged.hidden(sequenceTokens("a", "")).at(-1)!;
  const expected = judged.tensor("score.weight").reduce((sum, v, i) => sum + v * last[i]!, 0);
  expect(reward!.value).toBeCloseTo(expected, 4);
  expect(reward!.tokens).toBe(sequenceTokens("a", "").length);
});
