import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Decoding, LanguageModel, Sample, SampleOptions, SampleRequest } from "@touchstone/core";
import { afterAll } from "vitest";
import { type FixtureOptions, type FixtureShape, writeFixtureModel } from "../src/fixture/index.ts";

/** Small enough for the float64 reference, with grouped queries. */
export const SMALL: FixtureShape = { layers: 2, width: 32, heads: 4, keyValueHeads: 2, mlp: 48, vocabulary: 64 };

export const PLAIN: Decoding = { temperature: 1, topK: 0, topP: 1, maxTokens: 24, stop: [] };

const root = mkdtempSync(join(tmpdir(), "touchstone-inference-"));
let next = 0;

/** A folder with a fixture model, removed after the file's tests. */
export async function fixture(shape: FixtureShape = SMALL, options: FixtureOptions = {}): Promise<string> {
  const folder = join(root, `model-${next++}`);
  await writeFixtureModel(folder, shape, options);
  return folder;
}

export function temporaryFolder(): string {
  return join(root, `folder-${next++}`);
}

afterAll(() => rmSync(root, { recursive: true, force: true }));

export function request(text: string, over: Partial<SampleRequest> = {}): SampleRequest {
  return {
    problem: { id: `problem ${text}`, messages: [{ role: "user", content: text }] },
    first: 0,
    count: 8,
    seed: 7,
    decoding: PLAIN,
    ...over,
  };
}

/** All samples of each request, by index. */
export async function collect(
  model: LanguageModel,
  requests: readonly SampleRequest[],
  options: SampleOptions = {},
): Promise<Sample[][]> {
  const samples: Sample[][] = requests.map(() => []);
  for await (const batch of model.sample(requests, options)) samples[batch.request]!.push(...batch.samples);
  return samples.map((list) => list.toSorted((a, b) => a.index - b.index));
}

/** Closed at the end of the test, also when it fails. */
export function disposable<T extends { close(): Promise<void> }>(model: T): T & AsyncDisposable {
  return Object.assign(model, { [Symbol.asyncDispose]: () => model.close() });
}
