import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { initializeLlama, trainSupervised } from "../src/index.ts";
import type { SupervisedBatch, SupervisedOptions, TrainingState } from "../src/index.ts";

const config = {
  vocab_size: 7,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  tie_word_embeddings: true,
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "touchstone-training-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Counting upwards modulo 7 from a start that depends on step and row: every token but the first is certain. */
function counting(step: number): SupervisedBatch {
  const [rows, length] = step % 2 === 0 ? [5, 8] : [3, 12];
  const tokens = Int32Array.from(
    { length: rows * length },
    (_, i) => (step + Math.floor(i / length) + (i % length)) % 7,
  );
  return { rows, length, tokens, weights: new Float32Array(rows * length).fill(1) };
}

const run = (options: Partial<SupervisedOptions>): Promise<TrainingState> =>
  trainSupervised({
    config,
    initial: 3,
    batch: counting,
    steps: 20,
    optimizer: { schedule: { kind: "cosine", peak: 0.01, warmup: 5, steps: 40 }, weightDecay: 0.01, clip: 0.5 },
    ...options,
  });

function bytes(state: TrainingState): string {
  const hex = [...state.weights, ...state.average].map(
    ([name, { data }]) => name + Buffer.from(data.buffer).toString("hex"),
  );
  return hex.join("\n");
}

test("a run broken off and resumed ends at the same weights and averages, bit for bit", async () => {
  const straight = await run({});
  const checkpoint = { folder: join(folder, "run"), every: 5 };
  await run({ checkpoint, steps: 10 });
  const seen: number[] = [];
  const resumed = await run({ checkpoint, onStep: ({ step }) => void seen.push(step) });
  expect(seen).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  expect(bytes(resumed)).toBe(bytes(straight));
  expect(await readdir(checkpoint.folder)).toEqual(["state.safetensors"]);
});

test("the number of threads does not change a bit", async () => {
  expect(bytes(await run({ steps: 6, threads: 1 }))).toBe(bytes(await run({ steps: 6, threads: 2 })));
});

test("aborting saves the step in flight, and the run goes on from there", async () => {
  const checkpoint = { folder, every: 100 };
  const abort = new AbortController();
  const stopped = run({
    checkpoint,
    signal: abort.signal,
    onStep: ({ step }) => {
      if (step === 7) abort.abort();
    },
  });
  await expect(stopped).rejects.toThrow("interrupted: Stopped during training");
  const seen: number[] = [];
  const resumed = await run({ checkpoint, onStep: ({ step }) => void seen.push(step) });
  expect(seen[0]).toBe(8);
  expect(bytes(resumed)).toBe(bytes(await run({})));
});

test("onCheckpoint sees the state on the given steps and can end the run", async () => {
  const steps: number[] = [];
  const state = await run({
    checkpoint: { folder, every: 4 },
    onCheckpoint: ({ step }) => {
      steps.push(step);
      return step === 8 ? "stop" : undefined;
    },
  });
  expect(steps).toEqual([4, 8]);
  expect(state.step).toBe(8);
});

test("the loss of a predictable sequence falls from log 7 to nearly nothing", async () => {
  const losses: number[] = [];
  const optimizer = { schedule: { kind: "constant", peak: 0.01, warmup: 10 } } as const;
  await run({ steps: 120, optimizer, onStep: ({ loss }) => void losses.push(loss) });
  expect(losses[0]).toBeGreaterThan(0.98 * Math.log(7));
  expect(losses[0]).toBeLessThan(1.02 * Math.log(7));
  expect(losses.at(-1)).toBeLessThan(0.05);
});

test("a token of weight 0 has no influence", async () => {
  const masked = (filler: number) => (step: number) => {
    const batch = counting(step);
    for (let r = 0; r < batch.rows; r++) {
      const last = (r + 1) * batch.length - 1;
      batch.tokens[last] = filler;
      batch.weights[last] = 0;
    }
    return batch;
  };
  const six = await run({ steps: 3, batch: masked(6), initial: initializeLlama(config, 1) });
  const two = await run({ steps: 3, batch: masked(2), initial: initializeLlama(config, 1) });
  for (const [name, { data }] of six.weights) {
    const other = two.weights.get(name)!.data;
    data.forEach((value, i) => expect(Math.abs(value - other[i]!)).toBeLessThan(1e-6));
  }
});

test("on ONNX Runtime the same batches give the same losses and weights, resumed bit for bit", async () => {
  const masked = (step: number): SupervisedBatch => {
    const batch = counting(step);
    return { ...batch, weights: batch.weights.map((_, i) => (i % batch.length < batch.length - 3 ? i % 3 : 0)) };
  };
  const losses: Record<string, number[]> = { jax: [], onnx: [] };
  const train = (backend: "jax" | "onnx") =>
    run({ backend, batch: masked, onStep: ({ loss }) => void losses[backend]!.push(loss) });
  const [jax, onnx] = [await train("jax"), await train("onnx")];
  losses["jax"]!.forEach((loss, step) => expect(losses["onnx"]![step]).toBeCloseTo(loss, 4));
  for (const [name, { data }] of jax.weights) {
    const other = onnx.weights.get(name)!.data;
    data.forEach((value, i) => expect(Math.abs(value - other[i]!)).toBeLessThan(1e-3));
  }
  const checkpoint = { folder, every: 7 };
  await run({ backend: "onnx", batch: masked, checkpoint, steps: 7 });
  expect(bytes(await run({ backend: "onnx", batch: masked, checkpoint }))).toBe(bytes(onnx));
});

test("a checkpoint of another configuration is refused by name", async () => {
  const checkpoint = { folder, every: 100 };
  await run({ checkpoint, steps: 1 });
  await expect(run({ checkpoint, config: { ...config, hidden_size: 8 }, steps: 2 })).rejects.toThrow(
    "invalid-weights: Tensor model.embed_tokens.weight should have the shape [7, 8] by the configuration.",
  );
});

test("a damaged checkpoint is refused, and not overwritten", async () => {
  await writeFile(join(folder, "state.safetensors"), "half a file");
  await expect(run({ checkpoint: { folder, every: 1 }, steps: 1 })).rejects.toThrow("corrupt-safetensors");
  expect(await readFile(join(folder, "state.safetensors"), "utf8")).toBe("half a file");
});

test("a batch without weight is refused", async () => {
  const weightless = (step: number): SupervisedBatch => {
    const batch = counting(step);
    // Column 0 is never predicted.
    return { ...batch, weights: batch.weights.map((_, i) => (i % batch.length === 0 ? 1 : 0)) };
  };
  for (const backend of ["jax", "onnx"] as const) {
    await expect(run({ backend, batch: weightless })).rejects.toThrow(
      "invalid-batch: The weights of a batch must have a positive",
    );
  }
});
