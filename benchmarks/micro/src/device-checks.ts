import type { LanguageModel, Sample, SampleRequest } from "@touchstone/core";
import { type LanguageModelOptions, loadLanguageModel, type Provider } from "@touchstone/inference";
import type { DeviceRow } from "./device-row.ts";
import { touchstone } from "./touchstone-engine.ts";
import { greedyTokens } from "./transformers-engine.ts";
import type { Workload } from "./workload.ts";

const PROMPTS = ["what is it", "the quick brown fox", "jumps over", "a lazy dog"];
const DECODING = { temperature: 1, topK: 0, topP: 1, maxTokens: 48, stop: [] };

/** The device's greedy tokens beside transformers.js's, and its log-probabilities beside those of our CPU graphs. */
export async function parity(fixture: Workload, device: Provider): Promise<DeviceRow["parity"]> {
  const [gpu, cpu] = await Promise.all([load(fixture, { device }), load(fixture, { device: "cpu" })]);
  const problems = PROMPTS.map((text) => [{ role: "user" as const, content: text }]);
  const counts = { equal: 0, all: 0 };
  const responses: Int32Array[] = [];
  for (const [i, messages] of problems.entries()) {
    const decoding = { ...DECODING, temperature: 0 };
    const request = { problem: { id: String(i), messages }, first: 0, count: 1, seed: 1, decoding };
    const [sample] = await draw(gpu, [request]);
    const expected = await greedyTokens({ ...fixture, messages, newTokens: decoding.maxTokens });
    counts.all += expected.length;
    counts.equal += expected.filter((token, t) => token === sample!.tokens[t]).length;
    responses.push(sample!.tokens);
  }
  const pairs = problems.map((messages, i) => ({ messages, response: { text: "", tokens: responses[i]! } }));
  const [there, here] = [await gpu.score(pairs), await cpu.score(pairs)];
  let largestDifference = 0;
  for (const [i, { logProbability }] of there.entries()) {
    for (const [t, value] of logProbability.entries()) {
      largestDifference = Math.max(largestDifference, Math.abs(value - here[i]!.logProbability[t]!));
    }
  }
  await Promise.all([gpu.close(), cpu.close()]);
  return { greedyAgreement: counts.equal / counts.all, largestDifference };
}

/**
 * Draws the same requests twice, the second time in reverse order, and once more at another tile: 256 sequences of 48 tokens, or on a
 * `slow` device 64 of 8.
 */
export async function determinism(
  fixture: Workload,
  device: Provider,
  slow: boolean,
): Promise<DeviceRow["determinism"]> {
  const prompts = slow ? PROMPTS.slice(0, 2) : PROMPTS;
  const count = slow ? 32 : 64;
  const requests: SampleRequest[] = prompts.map((text) => ({
    problem: { id: text, messages: [{ role: "user", content: text }] },
    first: 0,
    count,
    seed: 5,
    decoding: slow ? { ...DECODING, maxTokens: 8 } : DECODING,
  }));
  const [wide, narrow] = await Promise.all([load(fixture, { device, tile: 32 }), load(fixture, { device, tile: 16 })]);
  const once = await draw(wide, requests);
  const again = await draw(wide, requests.toReversed());
  const other = await draw(narrow, requests);
  await Promise.all([wide.close(), narrow.close()]);
  const same = (a: readonly string[], b: readonly string[]) => a.filter((text, i) => text === b[i]).length / a.length;
  // By tokens: special tokens leave no trace in the text.
  const spell = (samples: readonly Sample[], reversed = false) => {
    const all = samples.map(({ tokens }) => tokens.join());
    if (!reversed) return all;
    return prompts.flatMap((_, i) => all.slice((prompts.length - 1 - i) * count, (prompts.length - i) * count));
  };
  return { repeats: same(spell(once), spell(again, true)) === 1, acrossTiles: same(spell(once), spell(other)) };
}

/** Longest time that one measured run should take, in seconds. */
const PATIENCE = 120;

/**
 * Tokens per second of one run, after a short one that opens the sessions. A device on which the run would take minutes is timed on 8
 * tokens a sample instead; the prompt weighs more there, so its speed is a lower bound.
 */
export async function speed(workload: Workload, samples: number, options: LanguageModelOptions): Promise<number> {
  const timed = async (newTokens: number) => {
    const generator = await touchstone({ ...workload, newTokens }, options);
    await generator.generate(Math.min(samples, 1));
    const began = performance.now();
    const tokens = await generator.generate(samples);
    const seconds = (performance.now() - began) / 1000;
    await generator.close();
    return { tokensPerSecond: tokens / seconds, seconds };
  };
  const short = await timed(Math.min(8, workload.newTokens));
  const expected = (short.seconds * workload.newTokens) / 8;
  return (expected > PATIENCE ? short : await timed(workload.newTokens)).tokensPerSecond;
}

function load({ folder }: Workload, options: LanguageModelOptions): Promise<LanguageModel> {
  return loadLanguageModel(folder, options);
}

/** All samples by request, then by index. */
async function draw(model: LanguageModel, requests: readonly SampleRequest[]): Promise<Sample[]> {
  const lists: Sample[][] = requests.map(() => []);
  for await (const batch of model.sample(requests)) lists[batch.request]!.push(...batch.samples);
  return lists.flatMap((list) => list.toSorted((a, b) => a.index - b.index));
}
