import type { Decision, Procedure, ProblemView } from "@touchstone/core";
import { ToyAccess, toyReward } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { powerSampling, qalign, quest } from "../src/index.ts";
import { KERNELS, type Kernel } from "../src/kernel.ts";
import type { Acceptance } from "../src/acceptance.ts";
import { gibbs, gibbsOfMeans, sharpened, tilted, type LogRatio } from "../src/target.ts";
import {
  acceptanceRates,
  after,
  everyResponse,
  MESSAGES,
  normalised,
  PLAIN,
  policy,
  rewardOf,
  transitionMatrix,
} from "./enumerated.ts";

const CHAINS = 1000;

function open(samples: number, decoding = PLAIN) {
  const problems = Array.from({ length: CHAINS }, (_, i): ProblemView => ({
    id: `p-${i}`,
    messages: MESSAGES,
    cluster: "c",
    split: "test",
  }));
  return new ToyAccess({
    policy,
    rewardModels: [toyReward("reward", (_, text) => rewardOf(text))],
    problems,
    extract: () => undefined,
    budget: { unit: "samples", amount: samples, scope: "problem" },
    decoding,
    seed: 11,
  });
}

/** The text every chain ends in; it tells a response that the cap cut from one that ended by its length. */
async function lastStates(procedure: Procedure, given: object, samples: number, decoding = PLAIN): Promise<string[]> {
  const access = open(samples, decoding);
  const parameters = procedure.parameters.parse({ answer: "last", ...given });
  const decisions = await procedure.decide(access.problems, access, parameters, undefined);
  return decisions.map((decision: Decision, i) => {
    if (decision.kind !== "decided") throw new Error(decision.reason);
    expect(decision.weights).toHaveLength(1);
    const { id } = decision.weights[0]!;
    return access.drawnFor(`p-${i}`).find((one) => one.id === id)!.text;
  });
}

/** Pearson's statistic against a law, texts of fewer than 5 expected together, in its standard deviations above its mean. */
function misfit(texts: readonly string[], law: ReadonlyMap<string, number>): number {
  const cells: { expected: number; seen: number }[] = [];
  const rest = { expected: 0, seen: 0 };
  for (const [text, probability] of law) {
    const expected = probability * texts.length;
    const seen = texts.filter((one) => one === text).length;
    if (expected >= 5) cells.push({ expected, seen });
    else {
      rest.expected += expected;
      rest.seen += seen;
    }
  }
  if (rest.expected > 0) cells.push(rest);
  expect(cells.reduce((sum, { seen }) => sum + seen, 0)).toBe(texts.length);
  const statistic = cells.reduce((sum, { expected, seen }) => sum + (seen - expected) ** 2 / expected, 0);
  const df = cells.length - 1;
  expect(df).toBeGreaterThan(3);
  return (statistic - df) / Math.sqrt(2 * df);
}

/** The exact law of a chain's state after some steps, from the law of its first draw; by text. */
function exactLaw(kernel: Kernel, logRatio: LogRatio, steps: number, decoding = PLAIN): Map<string, number> {
  return lawAfter(steps, { kernel, rule: "exact", logRatio }, decoding);
}

function lawAfter(steps: number, acceptance: Acceptance, decoding = PLAIN): Map<string, number> {
  const states = everyResponse(decoding);
  const matrix = transitionMatrix(states, acceptance);
  let law = normalised(states.map(({ probability }) => probability));
  for (let step = 0; step < steps; step++) law = after(law, matrix);
  return new Map(states.map(({ text }, i) => [text, law[i]!]));
}

const STEPS = 5;

test.each(KERNELS.flatMap((kernel) => [0.2, 0.5, 2].map((beta) => [kernel, beta] as const)))(
  "qalign's %s chains with beta %d are where the exact transition matrix says",
  async (kernel, beta) => {
    const texts = await lastStates(qalign, { kernel, beta }, STEPS + 1);
    expect(misfit(texts, exactLaw(kernel, tilted(beta), STEPS))).toBeLessThan(5);
  },
);

test.each(KERNELS)("qalign's %s chains accept as often as the exact acceptance says", async (kernel) => {
  // At this temperature most ratios lie between .1 and 1, so that a coin that is read wrongly shows.
  const beta = 1;
  const access = open(STEPS + 1);
  const decisions = await qalign.decide(
    access.problems,
    access,
    qalign.parameters.parse({ kernel, beta, answer: "last" }),
    undefined,
  );
  const rates = decisions.map(({ diagnostics }) => diagnostics!["acceptance_rate"]!);
  const states = everyResponse(PLAIN);
  const acceptance = { kernel, rule: "exact", logRatio: tilted(beta) } as const;
  const [matrix, accepted] = [transitionMatrix(states, acceptance), acceptanceRates(states, acceptance)];
  let law = normalised(states.map(({ probability }) => probability));
  let expected = 0;
  for (let step = 0; step < STEPS; step++) {
    expected += law.reduce((sum, p, i) => sum + p * accepted[i]!, 0) / STEPS;
    law = after(law, matrix);
  }
  const mean = rates.reduce((a, b) => a + b, 0) / CHAINS;
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / (CHAINS - 1);
  expect(Math.abs(mean - expected)).toBeLessThan(4 * Math.sqrt(variance / CHAINS));
});

test.each(KERNELS)("quest's %s chains are where the exact transition matrix says", async (kernel) => {
  const texts = await lastStates(quest, { kernel, beta: 0.5 }, STEPS + 1);
  expect(misfit(texts, exactLaw(kernel, gibbs(0.5), STEPS))).toBeLessThan(5);
});

test.each(KERNELS)("power sampling's %s chains are where the exact transition matrix says", async (kernel) => {
  const proposal = kernel === "independence" ? PLAIN : { ...PLAIN, temperature: 0.5 };
  const texts = await lastStates(powerSampling, { kernel, alpha: 2 }, STEPS + 1);
  expect(misfit(texts, exactLaw(kernel, sharpened(2), STEPS, proposal))).toBeLessThan(5);
});

test("chains that accept as the published code of quest are where its matrix says, and not where the exact one does", async () => {
  const texts = await lastStates(quest, { beta: 0.5, accept: "reference" }, STEPS + 1);
  expect(
    misfit(texts, lawAfter(STEPS, { kernel: "token", rule: "reference", logRatio: gibbsOfMeans(0.5) })),
  ).toBeLessThan(5);
  expect(misfit(texts, exactLaw("token", gibbs(0.5), STEPS))).toBeGreaterThan(5);
});

test("chains that accept as the published code of power sampling leave out the count of cuts", async () => {
  const cooler = { ...PLAIN, temperature: 0.5 };
  const given = { alpha: 1.2, proposalTemperature: 0.5, accept: "reference" };
  const texts = await lastStates(powerSampling, given, STEPS + 1);
  const acceptance = {
    kernel: "token",
    rule: "reference",
    logRatio: sharpened(1.2),
    referenceCountsCuts: false,
  } as const;
  expect(misfit(texts, lawAfter(STEPS, acceptance, cooler))).toBeLessThan(5);
  expect(misfit(texts, exactLaw("token", sharpened(1.2), STEPS, cooler))).toBeGreaterThan(5);
});

test("a cooler law cut by top-p is the base law of its own chains", async () => {
  const decoding = { ...PLAIN, temperature: 0.7, topP: 0.85 };
  const texts = await lastStates(qalign, { beta: 0.5 }, STEPS + 1, decoding);
  expect(misfit(texts, exactLaw("token", tilted(0.5), STEPS, decoding))).toBeLessThan(5);
});

test("power sampling block by block is where its blocks' exact transition matrices say", async () => {
  const cooler = { ...PLAIN, temperature: 0.5 };
  const acceptance = { kernel: "token", rule: "exact", logRatio: sharpened(2) } as const;
  const blocks = everyResponse({ ...cooler, maxTokens: 2 });
  const whole = everyResponse(cooler);
  const [within, anywhere] = [transitionMatrix(blocks, acceptance), transitionMatrix(whole, acceptance)];
  // One draw and two steps in a block of two tokens.
  let block = normalised(blocks.map(({ probability }) => probability));
  for (let step = 0; step < 2; step++) block = after(block, within);
  const has = new Map(blocks.map(({ tokens }, i) => [tokens.join(), block[i]!]));
  const drawn = new Map(blocks.map(({ tokens, probability }) => [tokens.join(), probability]));
  // Then a response that ended takes a step under the whole cap, while one that did not is carried on.
  const ended = whole.map(({ tokens }) => has.get(tokens.join()) ?? 0);
  const carried = whole.map(({ tokens, probability }) => {
    const first = tokens.slice(0, 2).join();
    return tokens.length > 2 ? (has.get(first)! * probability) / drawn.get(first)! : 0;
  });
  let law = after(ended, anywhere).map((mass, i) => mass + carried[i]!);
  for (let step = 0; step < 3; step++) law = after(law, anywhere);
  const byText = new Map(whole.map(({ text }, i) => [text, law[i]!]));
  expect([...byText.values()].reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  const texts = await lastStates(powerSampling, { alpha: 2, blockTokens: 2, blockSteps: 2 }, 1 + 2 + 1 + 3);
  expect(misfit(texts, byText)).toBeLessThan(5);
});
