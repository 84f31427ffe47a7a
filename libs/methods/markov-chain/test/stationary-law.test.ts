import type { Decoding } from "@touchstone/core";
import { describe, expect, test } from "vitest";
import type { Acceptance } from "../src/acceptance.ts";
import { KERNELS, type Kernel } from "../src/kernel.ts";
import { gibbs, gibbsOfMeans, sharpened, tilted, type LogRatio } from "../src/target.ts";
import { after, everyResponse, normalised, PLAIN, transitionMatrix, type Exact } from "./enumerated.ts";

interface Case {
  readonly name: string;
  readonly logRatio: LogRatio;
  /** The law that the method states, up to a constant. */
  readonly density: (state: Exact) => number;
}

const CASES: readonly Case[] = [
  ...[0.2, 0.5, 2].map((beta) => ({
    name: `qalign with beta ${beta}`,
    logRatio: tilted(beta),
    density: ({ probability, reward }: Exact) => probability * Math.exp(reward / beta),
  })),
  ...[0.2, 0.5, 2].map((beta) => ({
    name: `quest with beta ${beta}`,
    logRatio: gibbs(beta),
    density: ({ reward }: Exact) => Math.exp(reward / beta),
  })),
  ...[1, 2, 4].map((alpha) => ({
    name: `power sampling with alpha ${alpha}`,
    logRatio: sharpened(alpha),
    density: ({ logProbability }: Exact) => Math.exp(alpha * logProbability),
  })),
];

const DECODINGS: readonly [string, Decoding][] = [
  ["temperature 1", PLAIN],
  ["temperature .7 and top-p .85", { ...PLAIN, temperature: 0.7, topP: 0.85 }],
  ["a cap of 2 tokens", { ...PLAIN, maxTokens: 2 }],
  ["a stop string", { ...PLAIN, stop: ["22"] }],
];

const exact = (kernel: Kernel, logRatio: LogRatio): Acceptance => ({ kernel, rule: "exact", logRatio });

/** Largest violation of detailed balance and of stationarity. */
function imbalance(states: readonly Exact[], acceptance: Acceptance, density: Case["density"]) {
  const matrix = transitionMatrix(states, acceptance);
  const law = normalised(states.map(density));
  const next = after(law, matrix);
  let balance = 0;
  let stationarity = 0;
  for (const [i, row] of matrix.entries()) {
    stationarity = Math.max(stationarity, Math.abs(next[i]! - law[i]!));
    for (let j = 0; j < i; j++) balance = Math.max(balance, Math.abs(law[i]! * row[j]! - law[j]! * matrix[j]![i]!));
  }
  return { matrix, law, balance, stationarity };
}

describe.each(DECODINGS)("responses drawn with %s", (_, decoding) => {
  const states = everyResponse(decoding);

  test("are enumerated with those that the cap cuts", () => {
    expect(states.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
    expect(new Set(states.map(({ finish }) => finish)).size).toBeGreaterThan(1);
  });

  test.each(KERNELS.flatMap((kernel) => CASES.map((one) => [kernel, one.name, one] as const)))(
    "the %s kernel of %s balances its stated law in detail",
    (kernel, _name, { logRatio, density }) => {
      const { matrix, balance, stationarity } = imbalance(states, exact(kernel, logRatio), density);
      for (const row of matrix) expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      expect(balance).toBeLessThan(1e-12);
      expect(stationarity).toBeLessThan(1e-12);
      // From every state each other one can be reached (a cut before the first unit), so the law is the only one.
      const proposed = states.every(({ probability }) => probability > 0);
      expect(proposed && matrix.every((row) => row.every((p) => p > 0))).toBe(true);
    },
  );

  test.each(KERNELS)("with equal rewards the %s kernel keeps the law of decoding", (kernel) => {
    const level = states.map((state) => ({ ...state, reward: 3 }));
    const { balance, stationarity } = imbalance(level, exact(kernel, tilted(0.5)), ({ probability }) => probability);
    expect(balance).toBeLessThan(1e-12);
    expect(stationarity).toBeLessThan(1e-12);
  });
});

test("without the count of cuts the law would be another one", () => {
  const states = everyResponse(PLAIN);
  const uncounted: Acceptance = { ...exact("token", tilted(0.5)), rule: "reference", referenceCountsCuts: false };
  const { stationarity } = imbalance(states, uncounted, CASES[1]!.density);
  expect(stationarity).toBeGreaterThan(1e-3);
});

test("the published mean of QUEST's suffixes has another law than the stated one", () => {
  const states = everyResponse(PLAIN);
  const published: Acceptance = { kernel: "token", rule: "reference", logRatio: gibbsOfMeans(0.5) };
  const { stationarity } = imbalance(states, published, CASES[4]!.density);
  expect(stationarity).toBeGreaterThan(1e-3);
});

test("power sampling is slow: after eight steps two fifths of the first draw's distance to its target are left", () => {
  const states = everyResponse({ ...PLAIN, temperature: 0.5 });
  const { matrix, law: target } = imbalance(states, exact("token", sharpened(2)), ({ logProbability }) =>
    Math.exp(2 * logProbability),
  );
  const distance = (law: readonly number[]) => law.reduce((sum, p, i) => sum + Math.abs(p - target[i]!) / 2, 0);
  let law = normalised(states.map(({ probability }) => probability));
  const first = distance(law);
  for (let step = 0; step < 8; step++) law = after(law, matrix);
  expect(distance(law) / first).toBeGreaterThan(0.35);
  expect(distance(law) / first).toBeLessThan(0.45);
});
