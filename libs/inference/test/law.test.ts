import type { Decoding } from "@touchstone/core";
import { expect, it } from "vitest";
import { FIXTURE_END, type FixtureShape } from "../src/fixture/index.ts";
import { loadLanguageModel } from "../src/index.ts";
import { collect, disposable, fixture, PLAIN, request } from "./models.ts";
import { ReferenceLlama, truncated } from "./reference.ts";

/** Six tokens and three steps: every response can be written down. */
const ENUMERABLE: FixtureShape = { layers: 1, width: 16, heads: 2, mlp: 24, vocabulary: 6 };
const STEPS = 3;
const SAMPLES = 16_384;

/** Probability of every response of at most three tokens, by the written-out forward pass. */
function exactLaw(reference: ReferenceLlama, prompt: readonly number[], decoding: Decoding): Map<string, number> {
  const law = new Map<string, number>();
  const visit = (drawn: readonly number[], probability: number) => {
    if (probability === 0) return;
    if (drawn.length === STEPS || drawn.at(-1) === FIXTURE_END) {
      law.set(drawn.join(), probability);
      return;
    }
    const logits = Array.from(reference.logits([...prompt, ...drawn]).at(-1)!);
    const k = decoding.topK === 0 ? logits.length : decoding.topK;
    for (const [token, p] of truncated(logits, decoding.temperature, k, decoding.topP).entries()) {
      visit([...drawn, token], probability * p);
    }
  };
  visit([], 1);
  return law;
}

/** Pearson's statistic as a standard normal number (Wilson & Hilferty 1931); cells expected fewer than five times are joined. */
function chiSquareScore(law: ReadonlyMap<string, number>, counts: ReadonlyMap<string, number>, total: number): number {
  let [statistic, cells] = [0, 0];
  const rest = { expected: 0, observed: 0 };
  const addCell = (expected: number, observed: number) => {
    statistic += (observed - expected) ** 2 / expected;
    cells++;
  };
  for (const [response, probability] of law) {
    const [expected, observed] = [probability * total, counts.get(response) ?? 0];
    if (expected >= 5) addCell(expected, observed);
    else {
      rest.expected += expected;
      rest.observed += observed;
    }
  }
  if (rest.expected > 0) addCell(rest.expected, rest.observed);
  const freedom = cells - 1;
  return ((statistic / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom));
}

it.each([
  { temperature: 1, topK: 0, topP: 1 },
  { temperature: 0.6, topK: 0, topP: 1 },
  { temperature: 1, topK: 3, topP: 1 },
  { temperature: 1, topK: 0, topP: 0.7 },
  { temperature: 1.3, topK: 4, topP: 0.85 },
])("draws responses with the frequencies of the exact law at %o", async (knobs) => {
  const decoding = { ...PLAIN, ...knobs, maxTokens: STEPS };
  const folder = await fixture(ENUMERABLE, { spread: 1 });
  const law = exactLaw(new ReferenceLlama(folder), [1, 4, 5, 4, 3], decoding);
  expect([...law.values()].reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 10);

  await using model = disposable(await loadLanguageModel(folder, { tile: 256 }));
  const [samples] = await collect(model, [request("aba", { count: SAMPLES, decoding })]);
  const counts = new Map<string, number>();
  for (const { tokens, statistics } of samples!) {
    const response = tokens.join();
    counts.set(response, (counts.get(response) ?? 0) + 1);
    const drawn = statistics.decodingLogProbability.reduce((sum, value) => sum + value, 0);
    expect(drawn).toBeCloseTo(Math.log(law.get(response)!), 3);
  }
  // 3.7: exceeded by a right sampler once in ten thousand seeds.
  expect(chiSquareScore(law, counts, SAMPLES)).toBeLessThan(3.7);
});

it("draws responses line by line, each line from numbers of its own, with the frequencies of the exact law", async () => {
  const decoding = { ...PLAIN, maxTokens: STEPS };
  const folder = await fixture(ENUMERABLE, { spread: 1 });
  const law = exactLaw(new ReferenceLlama(folder), [1, 4, 5, 4, 3], decoding);
  await using model = disposable(await loadLanguageModel(folder, { tile: 256 }));
  // A line ends with the token "b".
  const line = { ...decoding, stop: ["b"] };
  const [first] = await collect(model, [request("aba", { count: SAMPLES, decoding: line })]);
  let open = first!;
  const counts = new Map<string, number>();
  const perLine: number[] = [];
  for (let step = 1; open.length > 0; step++) {
    const stopped = open.filter(({ finish, tokens }) => finish === "stop" && tokens.length < STEPS);
    perLine.push(stopped.length);
    for (const { tokens } of open) counts.set(tokens.join(), (counts.get(tokens.join()) ?? 0) + 1);
    for (const { tokens } of stopped) counts.set(tokens.join(), counts.get(tokens.join())! - 1);
    const requests = stopped.map(({ index, tokens }) =>
      request("aba", { first: index, count: 1, prefix: tokens, step, decoding: line }),
    );
    open = (await collect(model, requests)).flat();
  }
  // Two lines of one token each may end before the cap.
  expect(perLine).toHaveLength(STEPS);
  expect(Math.min(...perLine.slice(0, -1))).toBeGreaterThan(100);
  expect(chiSquareScore(law, counts, SAMPLES)).toBeLessThan(3.7);
});
