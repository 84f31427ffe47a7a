import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelIdentity, Sample } from "@touchstone/core";
import { promptHash } from "../src/index.ts";
import type { ContinuationAppend, PoolKey, PromptKey } from "../src/index.ts";

export const MODEL: ModelIdentity = {
  name: "toy",
  revision: "a".repeat(64),
  dtype: "float32",
  templateHash: "b".repeat(64),
  provider: "cpu",
  runtime: "onnxruntime-node@1.30.0",
  graphHash: "c".repeat(64),
  tile: 16,
};

export const KEY: PoolKey = {
  model: MODEL,
  decoding: { temperature: 1, topK: 0, topP: 1, maxTokens: 96, stop: [] },
  dataset: "toy",
  seed: 0,
};

export function promptOf(problem: string, content = `What is ${problem}?`): PromptKey {
  return { problem, promptHash: promptHash([{ role: "user", content }]) };
}

/** A sample whose every number can be computed from (problem, index), so that a reader can check what it finds. */
export function sampleOf(problem: string, index: number, length = 1 + (index % 7)): Sample {
  const numbers = (start: number): Float32Array => Float32Array.from({ length }, (_, t) => start + index + t / 4);
  return {
    index,
    tokens: Int32Array.from({ length }, (_, t) => 1000 * index + t),
    prefixLength: 0,
    text: `${problem} #${index}`,
    finish: index % 5 === 0 ? "length" : "end",
    statistics: {
      logProbability: numbers(-1),
      decodingLogProbability: numbers(-2),
      entropy: numbers(3),
      selfCertainty: numbers(4),
      gini: numbers(5),
      topConfidence: numbers(6),
    },
  };
}

export function samplesOf(problem: string, first: number, count: number): Sample[] {
  return Array.from({ length: count }, (_, i) => sampleOf(problem, first + i));
}

/** Step `step` of a chain on a problem: a prefix of 1 + step % 5 tokens, to which three are drawn. */
export function continuationOf(problem: string, step: number, index = 0): ContinuationAppend {
  const prefix = Int32Array.from({ length: 1 + (step % 5) }, (_, t) => 10 * step + t);
  const drawn = sampleOf(`${problem} step ${step}`, step, 3);
  const sample = {
    ...drawn,
    index,
    prefixLength: prefix.length,
    tokens: Int32Array.from([...prefix, ...drawn.tokens]),
  };
  return { ...promptOf(problem), prefix, step, index, promptTokens: 9, sample, seconds: step / 4 };
}

/** A folder that is removed when it goes out of scope. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "touchstone-pool-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
