import type { Decoding, Sample, SampleRequest } from "@touchstone/core";
import { expect, test } from "vitest";
import { decodingLaw, randomConditional, toyPolicy, toyReward, type ExactResponse } from "../src/index.ts";

const plain: Decoding = { temperature: 1, topK: 0, topP: 1, maxTokens: 3, stop: [] };
const messages = [{ role: "user" as const, content: "q" }];
const problem = { id: "p", messages };
const vocabulary = ["a", "b", "\n"];
const policy = toyPolicy({ vocabulary, conditional: randomConditional(1, vocabulary.length) });

async function draw(request: Partial<SampleRequest> & { count: number }): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const batch of policy.sample([{ problem, first: 0, seed: 7, decoding: plain, ...request }])) {
    samples.push(...batch.samples);
  }
  return samples;
}

function chiSquare(samples: readonly Sample[], law: readonly ExactResponse[]): number {
  const key = (tokens: ArrayLike<number>) => Array.from(tokens).join(",");
  const counts = new Map<string, number>();
  for (const { tokens } of samples) counts.set(key(tokens), (counts.get(key(tokens)) ?? 0) + 1);
  let statistic = 0;
  let seen = 0;
  for (const { tokens, probability } of law) {
    const expected = probability * samples.length;
    const count = counts.get(key(tokens)) ?? 0;
    seen += count;
    statistic += (count - expected) ** 2 / expected;
  }
  expect(seen).toBe(samples.length);
  return statistic;
}

const decodings: [string, Decoding][] = [
  ["as it is", plain],
  ["cooler", { ...plain, temperature: 0.5 }],
  ["hotter", { ...plain, temperature: 2 }],
  ["top-k 2", { ...plain, topK: 2 }],
  ["top-p .7", { ...plain, topP: 0.7 }],
  ["all of it", { ...plain, temperature: 0.8, topK: 3, topP: 0.9 }],
  ["a stop string", { ...plain, stop: ["ab", "\n"] }],
];

test.each(decodings)("the exact law is a law: %s", (_, decoding) => {
  const total = policy.responses(messages, decoding).reduce((sum, { probability }) => sum + probability, 0);
  expect(total).toBeCloseTo(1, 12);
});

test.each(decodings)("samples follow the exact law: %s", async (_, decoding) => {
  const law = policy.responses(messages, decoding);
  const statistic = chiSquare(await draw({ count: 4000, decoding }), law);
  // Mean df, variance 2·df: five standard deviations.
  const df = law.length - 1;
  expect(statistic).toBeLessThan(df + 5 * Math.sqrt(2 * df));
});

test("continuations follow the law given their prefix", async () => {
  const prefix = [1, 0];
  const law = policy.responses(messages, plain, prefix);
  const samples = await draw({ count: 2000, prefix: Int32Array.from(prefix) });
  const df = law.length - 1;
  expect(chiSquare(samples, law)).toBeLessThan(df + 5 * Math.sqrt(2 * df));
  expect(
    samples.every(({ tokens, prefixLength, text }) => prefixLength === 2 && text.startsWith("ba") && tokens[1] === 0),
  ).toBe(true);
  // The law given a prefix is the whole law restricted to it.
  const whole = policy.responses(messages, plain).filter(({ tokens }) => tokens[0] === 1 && tokens[1] === 0);
  const mass = whole.reduce((sum, { probability }) => sum + probability, 0);
  whole.forEach(({ probability }, i) => expect(law[i]!.probability).toBeCloseTo(probability / mass, 12));
});

test("greedy takes the most probable token at every step", async () => {
  const decoding = { ...plain, temperature: 0 };
  const [only] = policy.responses(messages, decoding);
  const samples = await draw({ count: 3, decoding });
  expect(samples.map(({ text }) => text)).toEqual([only!.text, only!.text, only!.text]);
  const conditional = randomConditional(1, vocabulary.length);
  only!.tokens.forEach((token, position) => {
    const law = conditional("q", only!.text.slice(0, position));
    expect(law[token]).toBe(Math.max(...law));
  });
});

test("a sample depends on its key alone", async () => {
  const together = await draw({ count: 10 });
  const [alone] = await draw({ first: 6, count: 1 });
  expect(alone).toEqual(together[6]);
  const [otherStep] = await draw({ first: 6, count: 1, step: 1, prefix: Int32Array.of(0) });
  const [sameStep] = await draw({ first: 6, count: 1, step: 1, prefix: Int32Array.of(0) });
  expect(otherStep).toEqual(sameStep);
});

test("sampled statistics are those of scoring, and add up to the exact log-probability", async () => {
  const law = policy.responses(messages, plain);
  const samples = await draw({ count: 20 });
  const scores = await policy.score(samples.map(({ text, tokens }) => ({ messages, response: { text, tokens } })));
  samples.forEach((sample, i) => {
    expect(scores[i]).toEqual(sample.statistics);
    const exact = law.find(({ tokens }) => tokens.join() === sample.tokens.join())!;
    const sum = sample.statistics.logProbability.reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(exact.logProbability, 5);
    expect(Math.log(exact.probability)).toBeCloseTo(exact.logProbability, 10);
  });
});

test("entropy and self-certainty are those of the table", async () => {
  const fixed = toyPolicy({ vocabulary: ["a"], conditional: () => [0.25, 0.75] });
  const [scores] = await fixed.score([{ messages, response: { text: "a", tokens: Int32Array.of(0) } }]);
  const entropy = -(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75));
  // KL(uniform ‖ p) = −½ log(2·.25) − ½ log(2·.75).
  const selfCertainty = -0.5 * Math.log(0.5) - 0.5 * Math.log(1.5);
  expect(scores!.logProbability[0]).toBeCloseTo(Math.log(0.25), 6);
  expect(scores!.entropy[0]).toBeCloseTo(entropy, 6);
  expect(scores!.selfCertainty[0]).toBeCloseTo(selfCertainty, 6);
});

test("truncated laws by hand", () => {
  const law = [0.5, 0.2, 0.2, 0.1];
  const rounded = (decoding: Partial<Decoding>) =>
    decodingLaw(law, { ...plain, ...decoding }).map((p) => Number(p.toFixed(6)));
  expect(rounded({ topK: 2 })).toEqual([0.714286, 0.285714, 0, 0]);
  expect(rounded({ topP: 0.6 })).toEqual([0.714286, 0.285714, 0, 0]);
  expect(rounded({ topP: 0.71 })).toEqual([0.555556, 0.222222, 0.222222, 0]);
  // Squares .25, .04, .04, .01 of sum .34.
  expect(rounded({ temperature: 0.5 })).toEqual([0.735294, 0.117647, 0.117647, 0.029412]);
  expect(rounded({ temperature: 0 })).toEqual([1, 0, 0, 0]);
});

test("a table that is not a law is refused with its place", () => {
  const broken = toyPolicy({ vocabulary: ["a"], conditional: () => [0.5, 0.4] });
  expect(() => broken.responses(messages, plain)).toThrow(/after "" to "q".*received \[0.5, 0.4\]/);
});

test("a toy reward model counts what it reads", async () => {
  const model = toyReward("length", (_, response) => (response === "" ? Number.NaN : response.length));
  const rewards = await model.reward([
    { messages, response: { text: "ab" } },
    { messages, response: { text: "" } },
  ]);
  expect(rewards).toEqual([
    { value: 2, tokens: 3 },
    { value: Number.NaN, tokens: 1 },
  ]);
});
