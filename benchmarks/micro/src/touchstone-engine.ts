import { type LanguageModelOptions, loadLanguageModel } from "@touchstone/inference";
import { type Generator, ownPeak } from "./generator.ts";
import type { Workload } from "./workload.ts";

/** Our engine: whole tiles, in one worker process per core. */
export async function touchstone(workload: Workload, options: LanguageModelOptions): Promise<Generator> {
  const model = await loadLanguageModel(workload.folder, options);
  const problem = { id: "bench", messages: workload.messages };
  const decoding = { temperature: 1, topK: 0, topP: 1, maxTokens: workload.newTokens, stop: [] };
  let seed = 0;
  return {
    engine: "touchstone",
    async generate(samples) {
      let tokens = 0;
      const request = { problem, first: 0, count: samples, seed: ++seed, decoding };
      for await (const batch of model.sample([request])) {
        // Surplus rows of a tile are drawn but were not asked for: they do not count.
        for (const sample of batch.samples) if (sample.index < samples) tokens += sample.tokens.length;
      }
      return tokens;
    },
    peakMemoryBytes: () => model.peakMemoryBytes + ownPeak(),
    close: () => model.close(),
  };
}
