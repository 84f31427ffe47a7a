import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { interrupted, stream } from "@touchstone/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { initializeLlama, trainPolicyGradient, trainPreferences, trainSupervised } from "../src/index.ts";
import type {
  LlamaConfig,
  PolicyBatch,
  PolicyGradientOptions,
  PreferenceStepMetrics,
  TrainingState,
  Weights,
} from "../src/index.ts";
import { finiteDifferences, referenceLogProbabilities } from "./reference.ts";
import type { Reference } from "./reference.ts";
import { expectedMaximum } from "./tabular.ts";

const config: LlamaConfig = {
  vocab_size: 5,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  tie_word_embeddings: true,
};
const initial: Weights = new Map(
  [...initializeLlama(config, 4)].map(([name, { shape, data }]) => [
    name,
    { shape, data: shape.length > 1 ? data.map((value) => 10 * value) : data },
  ]),
);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "touchstone-training-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Ragged rows whose tokens, lengths, advantages and behaviours are those of the step. */
function batch(step: number): Promise<PolicyBatch> {
  const random = stream(5, "batch", step);
  const rows = Array.from({ length: 6 }, (_, r) => {
    const tokens = Int32Array.from({ length: 3 + ((step + r) % 4) }, () => random.integer(5));
    const behaviour = Float32Array.from({ length: tokens.length - 2 }, () => -1 - random.uniform());
    return { tokens, promptLength: 2, advantage: random.normal(), behaviour };
  });
  return Promise.resolve({ prompts: 2, rows });
}

const SAFEGUARDS = { clip: {}, kl: { coefficient: 0.1 } } as const;

const run = (options: Partial<PolicyGradientOptions>): Promise<TrainingState> =>
  trainPolicyGradient({
    config,
    initial,
    batch,
    steps: 8,
    ...SAFEGUARDS,
    optimizer: { schedule: { kind: "constant", peak: 0.01 } },
    ...options,
  });

function bytes(state: TrainingState): string {
  return [...state.weights, ...state.average]
    .map(([name, { data }]) => name + Buffer.from(data.buffer).toString("hex"))
    .join("\n");
}

test("a run broken off and resumed ends at the same weights and averages, bit for bit", async () => {
  const checkpoint = { folder, every: 3 };
  await run({ checkpoint, steps: 4 });
  const seen: number[] = [];
  const resumed = await run({ checkpoint, onStep: ({ step }) => void seen.push(step) });
  expect(seen).toEqual([5, 6, 7, 8]);
  expect(bytes(resumed)).toBe(bytes(await run({})));
});

test("rollouts that an abort ends leave the steps before them saved", async () => {
  const checkpoint = { folder, every: 100 };
  const abort = new AbortController();
  const stopped = run({
    checkpoint,
    signal: abort.signal,
    batch: (step) => {
      if (step < 5) return batch(step);
      abort.abort();
      return Promise.reject(interrupted("sampling"));
    },
  });
  await expect(stopped).rejects.toThrow("interrupted: Stopped during sampling");
  const seen: number[] = [];
  const resumed = await run({ checkpoint, onStep: ({ step }) => void seen.push(step) });
  expect(seen).toEqual([6, 7, 8]);
  expect(bytes(resumed)).toBe(bytes(await run({})));
});

test("a batch is drawn from the weights of its step", async () => {
  const seen: Weights[] = [];
  const { weights } = await run({
    steps: 2,
    batch: (step, given) => {
      seen.push(given);
      return batch(step);
    },
  });
  expect(seen[0]).toEqual(initial);
  const name = "model.norm.weight";
  expect(seen[1]!.get(name)).not.toEqual(initial.get(name));
  expect(weights.get(name)).not.toEqual(seen[1]!.get(name));
});

test("one-token responses of a model, at their expected weights, follow the exact ascent of best-of-4", async () => {
  const PROMPT = [3, 1];
  const n = 4;
  const steps = 7;
  const law = (weights: Reference): Float64Array =>
    Float64Array.from({ length: 5 }, (_, y) =>
      Math.exp(referenceLogProbabilities(config, weights, [...PROMPT, y]).at(-1)!),
    );
  const doubleOf = (weights: Weights): Map<string, Float64Array> =>
    new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]));
  const reached: number[] = [];
  await trainPolicyGradient({
    config,
    initial,
    steps,
    optimizer: { schedule: { kind: "constant", peak: 0.01 }, clip: Infinity },
    batch: (_, weights) => {
      const p = law(doubleOf(weights));
      reached.push(expectedMaximum(p, n));
      let [below, advantage] = [0, 0];
      const rows = [...p].map((probability, y) => {
        const own = advantage;
        below += probability;
        advantage += n * below ** (n - 1);
        return { tokens: Int32Array.from([...PROMPT, y]), promptLength: 2, advantage: probability * own };
      });
      return Promise.resolve({ prompts: 1, rows });
    },
  });
  // AdamW (β .9 and .98) along finite differences of the value itself.
  const theta = doubleOf(initial);
  const moments = new Map(
    [...theta].map(([name, { length }]) => [name, [new Float64Array(length), new Float64Array(length)]]),
  );
  for (let step = 0; step < steps; step++) {
    expect(reached[step]).toBeCloseTo(expectedMaximum(law(theta), n), 3);
    const slopes = finiteDifferences(theta, (weights) => expectedMaximum(law(weights), n));
    for (const [name, data] of theta) {
      const [first, second] = moments.get(name)!;
      for (const [i, slope] of slopes.get(name)!.entries()) {
        first![i] = 0.9 * first![i]! + 0.1 * slope;
        second![i] = 0.98 * second![i]! + 0.02 * slope ** 2;
        const m = first![i]! / (1 - 0.9 ** (step + 1));
        const v = second![i]! / (1 - 0.98 ** (step + 1));
        data[i] = data[i]! + (0.01 * m) / (Math.sqrt(v) + 1e-8);
      }
    }
  }
  expect(reached.at(-1)! - reached[0]!).toBeGreaterThan(0.1);
});

test("preferences between ragged responses are learnt, and the chosen ones stay likely", async () => {
  const metrics: PreferenceStepMetrics[] = [];
  await trainPreferences({
    config,
    initial,
    steps: 40,
    optimizer: { schedule: { kind: "constant", peak: 0.01 } },
    batch: (step) =>
      Promise.resolve({
        pairs: [0, 1, 2].map((i) => ({
          chosen: { tokens: Int32Array.of(i, 1, 2, 4), promptLength: 1 },
          rejected: { tokens: Int32Array.of(i, 3, (step + i) % 4), promptLength: 1 },
        })),
      }),
    onStep: (measured) => void metrics.push(measured),
  });
  const [first, last] = [metrics[0]!, metrics.at(-1)!];
  expect(first.preferenceLoss).toBeCloseTo(Math.log(2), 5);
  expect(last.accuracy).toBe(1);
  expect(last.margin).toBeGreaterThan(3);
  expect(last.nll).toBeLessThan(0.5 * first.nll);
});

test("advantages of prompts/Σ|y| on the best responses, and none on the others, make the steps of supervised training on them", async () => {
  const best = (step: number) =>
    [0, 1, 2].map((i) => ({ tokens: [i, 4, ...[1, 3, 2, 0].slice((step + i) % 3)], start: 2 }));
  const settings = { config, initial, steps: 4, optimizer: { schedule: { kind: "constant", peak: 0.01 } } } as const;
  const distilled = await trainPolicyGradient({
    ...settings,
    batch: (step) => {
      const total = best(step).reduce((sum, { tokens, start }) => sum + tokens.length - start, 0);
      const rows = best(step).flatMap(({ tokens, start }) => [
        { tokens: Int32Array.from(tokens), promptLength: start, advantage: 3 / total },
        { tokens: Int32Array.from(tokens.toReversed()), promptLength: start, advantage: 0 },
      ]);
      return Promise.resolve({ prompts: 3, rows });
    },
  });
  const supervised = await trainSupervised({
    ...settings,
    backend: "onnx",
    batch: (step) => {
      const length = 6;
      const padded = best(step).map(({ tokens }) => [...tokens, ...new Array<number>(length - tokens.length).fill(0)]);
      const weights = best(step).map(({ tokens, start }) =>
        Array.from({ length }, (_, t) => (t >= start && t < tokens.length ? 1 : 0)),
      );
      return { rows: 3, length, tokens: Int32Array.from(padded.flat()), weights: Float32Array.from(weights.flat()) };
    },
  });
  expect(distilled.weights.get("model.norm.weight")).not.toEqual(initial.get("model.norm.weight"));
  for (const [name, { data }] of distilled.weights) {
    const other = supervised.weights.get(name)!.data;
    expect(Math.max(...data.map((value, i) => Math.abs(value - other[i]!)))).toBeLessThan(1e-4);
  }
});
