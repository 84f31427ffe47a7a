import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { IN_MEMORY } from "@touchstone/core";
import type { LanguageModel } from "@touchstone/core";
import { parseSafetensorsHeader } from "@touchstone/graph";
import { expect, it, vi } from "vitest";
import { loadLanguageModel, loadRolloutModel } from "../src/index.ts";
import { collect, disposable, fixture, PLAIN, request, SMALL, temporaryFolder } from "./models.ts";

/** The weights of a folder, as a trainer would hand them over. */
function weightsOf(folder: string): Map<string, { shape: readonly number[]; data: Float32Array }> {
  const file = readFileSync(join(folder, "model.safetensors"));
  const { dataOffset, tensors } = parseSafetensorsHeader(file, file.length);
  return new Map(
    [...tensors].map(([name, { shape, begin, end }]) => {
      const bytes = Uint8Array.from(file.subarray(dataOffset + begin, dataOffset + end));
      return [name, { shape, data: new Float32Array(bytes.buffer) }];
    }),
  );
}

const OPTIONS = { tile: 8, workers: 2 };
const REQUESTS = [
  request("first", { count: 24 }),
  request("second", { count: 8, decoding: { ...PLAIN, temperature: 0.7, topK: 9 } }),
];

async function everything(model: LanguageModel) {
  const samples = await collect(model, REQUESTS);
  const { messages } = REQUESTS[0]!.problem;
  const scores = await model.score(samples[0]!.map((response) => ({ messages, response })));
  return { samples, scores, embedding: await model.embed([messages]) };
}

it("draws, scores and embeds with new weights as a model opened from a folder with them does", async () => {
  const folders = [
    await fixture(SMALL, { seed: 1 }),
    await fixture(SMALL, { seed: 2 }),
    await fixture(SMALL, { seed: 3 }),
  ];
  const expected = [];
  for (const folder of folders) {
    await using stored = disposable(await loadLanguageModel(folder, OPTIONS));
    expected.push(await everything(stored));
  }
  expect(expected[0]!.samples).not.toEqual(expected[1]!.samples);
  await using model = disposable(await loadRolloutModel(folders[0]!, OPTIONS));
  expect(await everything(model)).toEqual(expected[0]);
  for (const i of [1, 2, 0]) {
    // In another order than the file's, as a trainer's layout may be.
    await model.replaceWeights(new Map([...weightsOf(folders[i]!)].toReversed()));
    expect(await everything(model)).toEqual(expected[i]);
  }
});

it("does not see what is done to the tensors afterwards", async () => {
  const folder = await fixture(SMALL, { seed: 4 });
  await using model = disposable(await loadRolloutModel(await fixture(), OPTIONS));
  const weights = weightsOf(folder);
  await model.replaceWeights(weights);
  for (const { data } of weights.values()) data.fill(Number.NaN);
  await using stored = disposable(await loadLanguageModel(folder, OPTIONS));
  expect(await everything(model)).toEqual(await everything(stored));
});

it("is told by its identity from every model of a file, and before from after", async () => {
  const folder = await fixture();
  await using model = disposable(await loadRolloutModel(folder, OPTIONS));
  await using again = disposable(await loadRolloutModel(folder, OPTIONS));
  const before = model.identity.revision;
  await model.replaceWeights(weightsOf(folder));
  const revisions = [before, model.identity.revision, again.identity.revision];
  for (const revision of revisions) expect(revision.startsWith(IN_MEMORY)).toBe(true);
  expect(new Set(revisions).size).toBe(3);
});

it("refuses weights of another shape and keeps those it has", async () => {
  const folder = await fixture();
  await using model = disposable(await loadRolloutModel(folder, OPTIONS));
  const before = await everything(model);
  const { revision } = model.identity;
  const weights = weightsOf(await fixture({ ...SMALL, mlp: 64 }));
  await expect(model.replaceWeights(weights)).rejects.toThrow(
    "invalid-weights: Tensor model.layers.0.mlp.gate_proj.weight should have the shape [48, 32] by config.json.",
  );
  expect(model.identity.revision).toBe(revision);
  expect(await everything(model)).toEqual(before);
});

it("refuses new weights while it draws, and takes them after what it drew was left", async () => {
  const [first, second] = [await fixture(SMALL, { seed: 1 }), await fixture(SMALL, { seed: 2 })];
  await using model = disposable(await loadRolloutModel(first, OPTIONS));
  for await (const _ of model.sample([request("many", { count: 800 })])) {
    await expect(model.replaceWeights(weightsOf(second))).rejects.toThrow(
      "model-busy: The weights of a model cannot be replaced while it is drawing or scoring.",
    );
    break;
  }
  await model.replaceWeights(weightsOf(second));
  await using stored = disposable(await loadLanguageModel(second, OPTIONS));
  expect(await everything(model)).toEqual(await everything(stored));
});

it("leaves no files behind", async () => {
  const place = temporaryFolder();
  mkdirSync(place);
  vi.stubEnv("TMPDIR", place);
  try {
    const folder = await fixture();
    const model = await loadRolloutModel(folder, OPTIONS);
    for (let i = 0; i < 3; i++) await model.replaceWeights(weightsOf(folder));
    expect(readdirSync(place)).toHaveLength(1);
    await model.close();
    await expect(model.replaceWeights(weightsOf(folder))).rejects.toThrow("model-closed");
    expect(readdirSync(place)).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
  }
});
