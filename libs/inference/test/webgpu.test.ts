import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { loadLanguageModel, loadRewardModel, type Provider } from "../src/index.ts";
import { collect, disposable, fixture, PLAIN, request, SMALL, temporaryFolder } from "./models.ts";
import { noSoftwareVulkan, useSoftwareVulkan } from "@touchstone/testkit/software-vulkan";

const reason = noSoftwareVulkan();
const mustRun = process.env["TOUCHSTONE_NO_SKIP"] === "1";

beforeAll(async () => {
  if (reason === undefined) await useSoftwareVulkan(temporaryFolder());
});

it("has what it needs where a skipped test is a failure", () => {
  expect(mustRun ? reason : undefined).toBeUndefined();
});

// Skipped with its reason in the name where there is no loader.
const note = reason === undefined ? "" : ` (${reason})`;

it.skipIf(reason !== undefined).each([
  { temperature: 1, topK: 0, topP: 1 },
  { temperature: 0.8, topK: 20, topP: 0.9 },
  { temperature: 0, topK: 0, topP: 1 },
])(`draws the CPU's tokens on a software WebGPU device at %o${note}`, { timeout: 240_000 }, async (knobs) => {
  const folder = await fixture({ ...SMALL, width: 64 });
  const decoding = { ...PLAIN, ...knobs, maxTokens: 12 };
  const requests = [request("one", { count: 4, decoding }), request("a longer one", { count: 4, decoding })];
  const draw = async (device: Provider) => {
    await using model = disposable(await loadLanguageModel(folder, { device, tile: 4 }));
    expect(model.identity.provider).toBe(device);
    return await collect(model, requests);
  };
  const [cpu, webgpu] = [await draw("cpu"), await draw("webgpu")];
  const tokens = (lists: typeof cpu) => lists.flat().map((sample) => Array.from(sample.tokens));
  expect(tokens(webgpu)).toEqual(tokens(cpu));
  for (const [i, { statistics }] of webgpu.flat().entries()) {
    for (const name of ["logProbability", "entropy", "selfCertainty", "gini", "topConfidence"] as const) {
      for (const [t, value] of statistics[name].entries()) {
        expect(value).toBeCloseTo(cpu.flat()[i]!.statistics[name][t]!, 4);
      }
    }
  }
});

it.skipIf(reason !== undefined)(
  `gives the CPU's rewards on a software WebGPU device${note}`,
  { timeout: 240_000 },
  async () => {
    const folder = await fixture(SMALL, { kind: "likelihood" });
    const pairs = ["abc", "a longer answer"].map((text) => ({
      messages: [{ role: "user" as const, content: "what" }],
      response: { text },
    }));
    const values = async (device: Provider) => {
      await using model = disposable(await loadRewardModel(folder, { device }));
      const steps = await model.stepRewards(pairs, [
        [0, 2],
        [1, 8, 15],
      ]);
      return [
        ...(await model.reward(pairs)).map(({ value }) => value),
        ...steps.flatMap(({ values: all }) => [...all]),
      ];
    };
    const [cpu, webgpu] = [await values("cpu"), await values("webgpu")];
    for (const [i, value] of webgpu.entries()) expect(value).toBeCloseTo(cpu[i]!, 4);
  },
);

it.skipIf(reason !== undefined)(
  `gives the CPU's scores and embeddings on a software WebGPU device${note}`,
  { timeout: 240_000 },
  async () => {
    const folder = await fixture(SMALL);
    const messages = [{ role: "user" as const, content: "what" }];
    const pairs = ["abc", "a longer answer"].map((text) => ({ messages, response: { text } }));
    const values = async (device: Provider) => {
      await using model = disposable(await loadLanguageModel(folder, { device }));
      const scores = (await model.score(pairs, { afterLast: true })).flatMap((statistics) =>
        [statistics.logProbability, statistics.entropy, statistics.gini, statistics.topConfidence].flatMap((list) => [
          ...list,
        ]),
      );
      return [...scores, ...(await model.embed([messages])).flatMap((embedding) => [...embedding])];
    };
    const [cpu, webgpu] = [await values("cpu"), await values("webgpu")];
    expect(webgpu).toHaveLength(cpu.length);
    expect(cpu.length).toBeGreaterThan(SMALL.width);
    for (const [i, value] of webgpu.entries()) expect(value).toBeCloseTo(cpu[i]!, 4);
  },
);

it("says so where there is no device for WebGPU", async () => {
  const before = process.env["VK_ICD_FILENAMES"];
  process.env["VK_ICD_FILENAMES"] = "/nowhere.json";
  await using model = disposable(await loadLanguageModel(await fixture(), { device: "webgpu" }));
  const drawing = collect(model, [request("one", { count: 1 })]);
  await expect(drawing).rejects.toMatchObject({ code: "device-unavailable", family: "engine", value: "webgpu" });
  await expect(drawing).rejects.toThrow("or use `--device cpu`");
  if (before === undefined) delete process.env["VK_ICD_FILENAMES"];
  else process.env["VK_ICD_FILENAMES"] = before;
});

const cuda = join(dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json")), "bin", "napi-v6");

it.skipIf(existsSync(join(cuda, process.platform, process.arch, "libonnxruntime_providers_cuda.so")))(
  "says how to install CUDA's libraries where they are missing",
  async () => {
    const folder = await fixture();
    await expect(loadLanguageModel(folder, { device: "cuda" })).rejects.toThrow("script/install.js cuda12");
  },
);
