import { globSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stream } from "@touchstone/core";
import { buildScoreGraph, locateWeights, parseModelConfig, parseSafetensorsHeader } from "@touchstone/graph";
import { noSoftwareVulkan, useSoftwareVulkan } from "@touchstone/testkit/software-vulkan";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { initializeLlama, openLikelihoodGradient, readModel } from "../src/index.ts";
import type { LikelihoodGradient, LlamaConfig, TokenRow } from "../src/index.ts";
import { parameterLayout } from "../src/parameters.ts";

const POLICY = fileURLToPath(new URL("../../../models/instruct", import.meta.url));

/** Rows of random tokens, in fours that share a first third, after which coefficients of both signs stand, as on responses. */
function randomRows(lengths: readonly number[], vocabulary: number) {
  const random = stream(5, "rows");
  const rows = lengths.map((length): TokenRow => ({
    tokens: Int32Array.from({ length }, () => Math.floor(vocabulary * random.uniform())),
  }));
  rows.forEach(({ tokens }, r) => {
    if (r % 4 > 0) tokens.set(rows[r - 1]!.tokens.subarray(0, Math.floor(tokens.length / 3)));
  });
  const coefficients = rows.map(({ tokens }) => tokens.map((_, t) => (3 * t < tokens.length ? 0 : 1)));
  return { rows, coefficients: coefficients.map((given) => Float32Array.from(given, (on) => on && random.normal())) };
}

const lengths = (count: number, from: number, to: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((i * 7) % (to - from + 1)));

async function gradientOf(engine: LikelihoodGradient, given: ReturnType<typeof randomRows>) {
  const gradient = new Float32Array(engine.parameters.length);
  return { gradient, logp: await engine.gradient(given.rows, given.coefficients, gradient) };
}

/** Tensors in which the gradients differ by more than `tolerance` of the largest element. */
function differences(config: LlamaConfig, a: Float32Array, b: Float32Array, tolerance: number): string[] {
  return parameterLayout(config, "language-model").slots.flatMap(({ name, offset, size }) => {
    let [worst, scale] = [0, 0];
    for (let i = offset; i < offset + size; i++) {
      worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
      scale = Math.max(scale, Math.abs(b[i]!));
    }
    return scale > 0 && worst <= tolerance * scale ? [] : [`${name}: ${worst} of ${scale}`];
  });
}

function largest(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  return Math.max(...a.flatMap((row, r) => Array.from(row, (value, t) => Math.abs(value - b[r]![t]!))));
}

test("on a built-in policy gradients are those of automatic differentiation, log-probabilities those of the engine", async () => {
  const { config, weights } = await readModel(POLICY);
  const given = randomRows(lengths(12, 4, 32), config.vocab_size);
  await using onnx = await openLikelihoodGradient({ config, weights });
  await using jax = await openLikelihoodGradient({ config, weights, backend: "jax" });
  const [written, differentiated] = [await gradientOf(onnx, given), await gradientOf(jax, given)];
  expect(differences(config, written.gradient, differentiated.gradient, 1e-4)).toEqual([]);
  // Random tokens are improbable, down to −20 nats; each of the three is off by some 1e-5 in float32.
  expect(largest(written.logp, differentiated.logp)).toBeLessThan(2e-4);
  expect(largest(written.logp, await scores(given.rows))).toBeLessThan(2e-4);
});

/** Log-probabilities by the graph that scores responses. */
async function scores(rows: readonly TokenRow[]): Promise<Float32Array[]> {
  const file = readFileSync(`${POLICY}/model.safetensors`);
  const header = parseSafetensorsHeader(file, file.length);
  const graph = buildScoreGraph(
    {
      config: parseModelConfig(JSON.parse(readFileSync(`${POLICY}/config.json`, "utf8")) as Record<string, unknown>),
      weights: locateWeights([{ location: "model.safetensors", header }]),
    },
    { target: "cpu" },
  );
  const session = await InferenceSession.create(graph, {
    externalData: [{ path: "model.safetensors", data: file }],
    intraOpNumThreads: 1,
  });
  const results: Float32Array[] = [];
  for (const { tokens } of rows) {
    const output = await session.run({
      input_ids: new Tensor("int64", BigInt64Array.from(tokens, BigInt), [1, tokens.length]),
      start: new Tensor("int64", BigInt64Array.of(1n), []),
      temperature: new Tensor("float32", Float32Array.of(1), []),
    });
    results.push(Float32Array.from([0, ...(output["log_probability"]!.data as Float32Array)]));
  }
  await session.release();
  return results;
}

/** Grouped queries and heads wider than their share; enough rows for several tiles in a lane. */
const config: LlamaConfig = {
  vocab_size: 40,
  hidden_size: 24,
  intermediate_size: 40,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
};

test("the number of threads changes no bit, and rows computed together give the sum of rows computed alone", async () => {
  const weights = initializeLlama(config, 3);
  const given = randomRows(lengths(230, 1, 60), config.vocab_size);
  await using one = await openLikelihoodGradient({ config, weights, threads: 1 });
  await using three = await openLikelihoodGradient({ config, weights, threads: 3 });
  const first = await gradientOf(one, given);
  expect(await gradientOf(three, given)).toEqual(first);
  expect(await gradientOf(three, given)).toEqual(first);

  const sum = new Float32Array(one.parameters.length);
  const alone: Float32Array[] = [];
  for (const [r, row] of given.rows.entries()) {
    const { gradient, logp } = await gradientOf(one, { rows: [row], coefficients: [given.coefficients[r]!] });
    gradient.forEach((value, i) => (sum[i] = sum[i]! + value));
    alone.push(logp[0]!);
  }
  expect(differences(config, first.gradient, sum, 1e-4)).toEqual([]);
  expect(largest(first.logp, alone)).toBeLessThan(1e-5);
});

test("calls that overlap do not disturb each other", async () => {
  await using engine = await openLikelihoodGradient({ config, weights: initializeLlama(config, 3) });
  const batches = [8, 30, 17].map((count) => randomRows(lengths(count, 5, 25), config.vocab_size));
  const together = await Promise.all(batches.map((batch) => gradientOf(engine, batch)));
  for (const [i, batch] of batches.entries()) expect(await gradientOf(engine, batch)).toEqual(together[i]);
});

test("rows without coefficients are scored and leave the gradient of the others as it is", async () => {
  const weights = initializeLlama(config, 3);
  const given = randomRows(lengths(9, 5, 20), config.vocab_size);
  await using engine = await openLikelihoodGradient({ config, weights });
  const some = await gradientOf(engine, { rows: given.rows.slice(3), coefficients: given.coefficients.slice(3) });
  const silent = given.coefficients.map((values, r) => (r < 3 ? new Float32Array(values.length) : values));
  const all = await gradientOf(engine, { rows: given.rows, coefficients: silent });
  expect(all.gradient).toEqual(some.gradient);
  expect(largest(all.logp, await engine.logProbabilities(given.rows))).toBeLessThan(1e-5);
});

const runtime = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
const cuda = globSync("bin/**/*onnxruntime_providers_cuda*", { cwd: runtime }).length > 0;

test.skipIf(cuda)("a device that is not there is named", async () => {
  await using engine = await openLikelihoodGradient({ config, weights: initializeLlama(config, 1), device: "cuda" });
  await expect(engine.logProbabilities([{ tokens: Int32Array.of(1, 2) }])).rejects.toThrow(
    /device-unavailable: Gradients could not be computed on this device .*Received: cuda\. .*or use the device cpu\./,
  );
});

const reason = noSoftwareVulkan();

test.skipIf(reason !== undefined)(
  `a software WebGPU device gives the CPU's gradients${reason === undefined ? "" : ` (${reason})`}`,
  { timeout: 240_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "touchstone-vulkan-"));
    try {
      await useSoftwareVulkan(folder);
      const shallow = { ...config, num_hidden_layers: 1, attention_bias: true };
      const weights = initializeLlama(shallow, 3);
      const given = randomRows([5, 9, 3], config.vocab_size);
      await using cpu = await openLikelihoodGradient({ config: shallow, weights });
      await using webgpu = await openLikelihoodGradient({ config: shallow, weights, device: "webgpu" });
      const [right, seen] = [await gradientOf(cpu, given), await gradientOf(webgpu, given)];
      expect(differences(shallow, seen.gradient, right.gradient, 1e-4)).toEqual([]);
      expect(largest(seen.logp, right.logp)).toBeLessThan(1e-4);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

test("memory stays flat over two hundred gradients", async () => {
  const large = { ...config, hidden_size: 128, intermediate_size: 352, head_dim: 32 };
  const given = randomRows(lengths(6, 4, 10), config.vocab_size);
  await using engine = await openLikelihoodGradient({ config: large, weights: initializeLlama(large, 1) });
  const into = new Float32Array(engine.parameters.length);
  const resident: number[] = [];
  for (let call = 0; call < 200; call++) {
    await engine.gradient(given.rows, given.coefficients, into);
    resident.push(process.memoryUsage().rss / 2 ** 20);
  }
  const least = (from: number, to: number): number => Math.min(...resident.slice(from, to));
  // One copy of the gradient (1.5 MiB) kept at every call would add 180 MiB to these 120; heaps grow somewhat before they are collected.
  expect(least(180, 200) - least(60, 80)).toBeLessThan(90);
});
