import { describe, expect, it } from "vitest";
import { buildGenerateGraph } from "../src/index.ts";
import { fixtureConfig, generator, randomModel } from "./random-model.ts";
import { decodingLaw, forward, softmax } from "./reference.ts";
import { generateFeeds, open, row } from "./session.ts";

const tiny = {
  ...fixtureConfig,
  vocab_size: 6,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 2,
};

describe("decoding law", () => {
  it("gives the responses of an enumerable model with the frequencies of its exact law", async () => {
    const model = randomModel(tiny, 4, 2);
    const prompt = [1, 4, 2];
    const length = 3;
    const rows = 20_000;
    const random = generator(2026);
    const run = await open(model, buildGenerateGraph(model, { target: "cpu", loop: "compact", law: "plain" }));
    const uniforms = Float32Array.from({ length: rows * length }, () => random());
    const result = await run(generateFeeds({ prompt, uniforms, rows }));
    const counts = new Map<string, number>();
    for (let r = 0; r < rows; r++) {
      const key = row(result["tokens"], r).join(" ");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    let statistic = 0;
    let cells = 0;
    let pooled = { expected: 0, observed: 0 };
    for (const [response, probability] of enumerate(model, prompt, length)) {
      const cell = { expected: rows * probability, observed: counts.get(response) ?? 0 };
      // Cells that expect fewer than 5 are joined, as the test requires.
      if (cell.expected < 5) {
        pooled = { expected: pooled.expected + cell.expected, observed: pooled.observed + cell.observed };
        continue;
      }
      statistic += (cell.observed - cell.expected) ** 2 / cell.expected;
      cells++;
    }
    statistic += (pooled.observed - pooled.expected) ** 2 / pooled.expected;
    expect(cells).toBeGreaterThan(60);
    // Normal approximation of the chi-square law with `cells` degrees of freedom (Wilson and Hilferty 1931): |z| < 3.3 fails one seed in a thousand.
    const spread = 2 / (9 * cells);
    const z = (Math.cbrt(statistic / cells) - (1 - spread)) / Math.sqrt(spread);
    expect(Math.abs(z)).toBeLessThan(3.3);
  });

  it.each([
    { temperature: 1, topK: 40, topP: 1 },
    { temperature: 0.6, topK: 7, topP: 1 },
    { temperature: 1.3, topK: 40, topP: 0.5 },
    { temperature: 0.8, topK: 12, topP: 0.7 },
    { temperature: 1, topK: 1, topP: 0.9 },
    { temperature: 1, topK: 40, topP: 1e-6 },
  ])("cuts exactly at temperature $temperature, top-k $topK, top-p $topP", async ({ temperature, topK, topP }) => {
    const model = randomModel({ ...tiny, vocab_size: 40 }, 12, 1.5);
    const prompt = [5, 30, 2, 17];
    const [rows, steps] = [40, 6];
    const random = generator(31);
    const uniforms = Float32Array.from({ length: rows * steps }, () => random());
    const run = await open(model, buildGenerateGraph(model, { target: "cpu", loop: "compact", law: "truncated" }));
    const result = await run(generateFeeds({ prompt, uniforms, rows, temperature, topK, topP }));
    for (let r = 0; r < rows; r++) {
      const tokens = row(result["tokens"], r);
      const { logits } = forward(model, [...prompt, ...tokens]);
      tokens.forEach((token, t) => {
        const law = decodingLaw(logits[prompt.length - 1 + t] ?? [], temperature, topK, topP);
        expectDrawn(law, token, uniforms[t * rows + r] ?? 0);
        expect(row(result["decoding_log_probability"], r)[t]).toBeCloseTo(Math.log(law[token] ?? 0), 4);
      });
    }
  });

  it("takes the most probable token when greedy, and the law is then a point", async () => {
    const model = randomModel({ ...tiny, vocab_size: 40 }, 13, 1.5);
    const prompt = [5, 30, 2, 17];
    const run = await open(model, buildGenerateGraph(model, { target: "cpu", loop: "whole", law: "greedy" }));
    const result = await run(generateFeeds({ prompt, uniforms: new Float32Array(20), rows: 1 }));
    const tokens = row(result["tokens"], 0);
    const { logits } = forward(model, [...prompt, ...tokens]);
    tokens.forEach((token, t) => {
      const law = softmax(logits[prompt.length - 1 + t] ?? []);
      expect(token).toBe(law.indexOf(Math.max(...law)));
      expect(row(result["log_probability"], 0)[t]).toBeCloseTo(Math.log(law[token] ?? 0), 4);
    });
    expect(row(result["decoding_log_probability"], 0)).toEqual(tokens.map(() => 0));
  });

  it.each(["plain", "truncated"] as const)(
    "searches a large vocabulary in two levels with the same result (%s)",
    async (law) => {
      const vocabulary = 1500;
      const model = randomModel({ ...tiny, vocab_size: vocabulary }, 14, 3);
      const prompt = [5, 1430, 2, 717];
      const rows = 64;
      const random = generator(77);
      const uniforms = Float32Array.from({ length: rows }, () => random());
      uniforms.set([0, 1 - 2 ** -24, 0.5]);
      const run = await open(model, buildGenerateGraph(model, { target: "cpu", loop: "compact", law }));
      const [temperature, topK, topP] = law === "plain" ? [0.9, vocabulary, 1] : [0.9, 400, 0.95];
      const result = await run(generateFeeds({ prompt, uniforms, rows, temperature, topK, topP }));
      const logits = forward(model, prompt).logits.at(-1) ?? [];
      const exact = decodingLaw(logits, temperature, topK, topP);
      for (let r = 0; r < rows; r++) {
        const token = row(result["tokens"], r)[0] ?? -1;
        expectDrawn(exact, token, uniforms[r] ?? 0);
        expect(row(result["decoding_log_probability"], r)[0]).toBeCloseTo(Math.log(exact[token] ?? 0), 3);
        expect(row(result["log_probability"], r)[0]).toBeCloseTo(Math.log(softmax(logits)[token] ?? 0), 3);
      }
      const entropy = -softmax(logits).reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);
      expect(row(result["entropy"], 0)[0]).toBeCloseTo(entropy, 3);
    },
  );
});

/** The token has mass, and u lies in its interval of the cumulative law, up to float32 rounding. */
function expectDrawn(law: readonly number[], token: number, u: number): void {
  const below = law.slice(0, token).reduce((sum, p) => sum + p, 0);
  expect(law[token]).toBeGreaterThan(0);
  expect(u).toBeGreaterThan(below - 1e-5);
  expect(u).toBeLessThan(below + (law[token] ?? 0) + 1e-5);
}

function enumerate(
  model: Parameters<typeof forward>[0],
  prompt: readonly number[],
  length: number,
): [string, number][] {
  let partial: { response: number[]; probability: number }[] = [{ response: [], probability: 1 }];
  for (let step = 0; step < length; step++)
    partial = partial.flatMap(({ response, probability }) => {
      const law = softmax(forward(model, [...prompt, ...response]).logits.at(-1) ?? []);
      return law.map((p, token) => ({ response: [...response, token], probability: probability * p }));
    });
  return partial.map(({ response, probability }) => [response.join(" "), probability]);
}
