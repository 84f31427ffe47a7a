import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { initializeLlama, openLikelihoodGradient } from "../src/index.ts";
import type { LikelihoodGradient, LlamaConfig, TokenRow, Weights } from "../src/index.ts";
import { parameterLayout, unflatten } from "../src/parameters.ts";
import { policyRun } from "../src/policy-gradient.ts";
import type { KlOptions, PolicyRow } from "../src/policy-gradient.ts";
import { preferenceRun } from "../src/preferences.ts";
import type { PreferencePair } from "../src/preferences.ts";
import { stepGradient } from "../src/run-likelihood.ts";
import type { LikelihoodRun } from "../src/run-likelihood.ts";
import { finiteDifferences, referenceLogProbabilities } from "./reference.ts";
import type { Reference } from "./reference.ts";

const config: LlamaConfig = {
  vocab_size: 4,
  hidden_size: 4,
  intermediate_size: 6,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: true,
};
const layout = parameterLayout(config, "language-model");

/** Weights large enough that responses differ in probability. */
function weightsOf(seed: number): Weights {
  return new Map(
    [...initializeLlama(config, seed)].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((value, i) => (shape.length === 1 ? value + 0.3 * Math.sin(2 * i + 1) : 15 * value)) },
    ]),
  );
}
const double = (weights: Weights): Reference =>
  new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]));

const START = weightsOf(3);
const OTHER = weightsOf(8);

/** log p of the response's tokens, of the model written out in double precision. */
function responseLogp(weights: Reference, { tokens, promptLength }: TokenRow & { promptLength: number }): number[] {
  return referenceLogProbabilities(config, weights, [...tokens]).slice(promptLength);
}
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

let engine: LikelihoodGradient;
beforeAll(async () => {
  engine = await openLikelihoodGradient({ config, weights: START, backend: "jax", threads: 1 });
});
afterAll(() => engine[Symbol.asyncDispose]());

/** The gradient of a loss at START, and what it measured. */
async function gradientOf<B, M>(run: Pick<LikelihoodRun<B, M>, "loss" | "reference">, batch: B) {
  const gradient = new Float32Array(layout.size);
  const measured = await stepGradient(engine, layout, { ...run, batch: () => Promise.resolve(batch) })(0, gradient);
  return { gradient, measured };
}

/** Tensors whose gradient vanishes or is off by more than a ten-thousandth of its largest element. */
function wrongTensors(gradient: Float32Array, value: (weights: Reference) => number): string[] {
  const expected = finiteDifferences(double(START), value);
  return [...unflatten(layout, gradient)].flatMap(([name, { data }]) => {
    const wanted = expected.get(name)!;
    const scale = Math.max(...wanted.map(Math.abs));
    const worst = Math.max(...wanted.map((slope, i) => Math.abs(slope - data[i]!)));
    return scale > 1e-4 && worst < 1e-4 * scale ? [] : [`${name}: ${worst} of ${scale}`];
  });
}

const row = (tokens: readonly number[], promptLength: number) => ({ tokens: Int32Array.from(tokens), promptLength });
const ROLLOUTS: readonly PolicyRow[] = [
  { ...row([0, 1, 3, 2], 2), advantage: 0.75 },
  { ...row([0, 1, 2], 2), advantage: -0.5 },
  { ...row([3, 2, 0, 1, 1], 1), advantage: 0.25 },
  { ...row([3, 0], 1), advantage: 0 },
];

describe("policy gradient", () => {
  test("finite differences of −(1/prompts) Σ A log π(y)", async () => {
    const { gradient } = await gradientOf(policyRun({ initial: START }), { prompts: 2, rows: ROLLOUTS });
    const value = (weights: Reference): number =>
      -sum(ROLLOUTS.map((rollout) => rollout.advantage * sum(responseLogp(weights, rollout)))) / 2;
    expect(wrongTensors(gradient, value)).toEqual([]);
  });

  test("with a clip, finite differences of the clipped surrogate, a third of whose tokens are cut off", async () => {
    // Ratios well inside and well outside of [.8, 1.3], so that no finite difference steps over an edge.
    const ratios = [1, 1.6, 0.5, 1.1, 0.9, 0.7, 1.45, 1];
    let next = 0;
    const rows = ROLLOUTS.map((rollout) => ({
      ...rollout,
      behaviour: Float32Array.from(
        responseLogp(double(START), rollout),
        (logp) => logp - Math.log(ratios[next++ % ratios.length]!),
      ),
    }));
    const run = policyRun({ initial: START, clip: { low: 0.2, high: 0.3 } });
    const { gradient, measured } = await gradientOf(run, { prompts: 2, rows });
    const value = (weights: Reference): number =>
      -sum(
        rows.map(({ advantage, behaviour, ...rollout }) =>
          sum(
            responseLogp(weights, rollout).map((logp, t) => {
              const ratio = Math.exp(logp - behaviour[t]!);
              return Math.min(ratio * advantage, Math.min(Math.max(ratio, 0.8), 1.3) * advantage);
            }),
          ),
        ),
      ) / 2;
    expect(wrongTensors(gradient, value)).toEqual([]);
    // Of the seven tokens with A ≠ 0: 1.6 with A > 0, .5 with A < 0, 1.45 with A > 0.
    expect(measured.clipShare).toBeCloseTo(3 / 7, 12);
  });

  test("the k3 penalty: finite differences of its mean over rows, the reference computed or given", async () => {
    const kl: KlOptions = { coefficient: 0.3, reference: OTHER };
    const reference = (rollout: PolicyRow): number[] => responseLogp(double(OTHER), rollout);
    const given = ROLLOUTS.map((rollout, i) =>
      i % 2 === 0 ? rollout : { ...rollout, reference: Float32Array.from(reference(rollout)) },
    );
    const run = policyRun({ initial: START, kl });
    const { gradient, measured } = await gradientOf(run, { prompts: 2, rows: given });
    const divergence = (weights: Reference): number =>
      sum(
        ROLLOUTS.map((rollout) => {
          const d = responseLogp(weights, rollout).map((logp, t) => reference(rollout)[t]! - logp);
          return sum(d.map((value) => Math.exp(value) - value - 1));
        }),
      ) / ROLLOUTS.length;
    const value = (weights: Reference): number =>
      -sum(ROLLOUTS.map((rollout) => rollout.advantage * sum(responseLogp(weights, rollout)))) / 2 +
      0.3 * divergence(weights);
    expect(wrongTensors(gradient, value)).toEqual([]);
    expect(measured.kl).toBeCloseTo(divergence(double(START)), 4);
    expect([...engine.parameters]).toEqual([...START.values()].flatMap(({ data }) => [...data]));
  });

  /** Every response of `length` tokens to the prompt 2, 0, of advantage 0. */
  const allResponses = (length: number): PolicyRow[] =>
    Array.from({ length: 4 ** length }, (_, i) => ({
      ...row([2, 0, ...Array.from({ length }, (_unused, t) => Math.floor(i / 4 ** t) % 4)], 2),
      advantage: 0,
    }));

  /** The expected gradient of a penalty: over all responses, each at its probability. */
  async function expectedPenalty(rows: readonly PolicyRow[], estimator: "k3" | "reward"): Promise<Float32Array> {
    const run = policyRun({ initial: START, kl: { coefficient: 1, reference: OTHER, estimator } });
    const total = new Float32Array(layout.size);
    for (const rollout of rows) {
      const { gradient } = await gradientOf(run, { prompts: 1, rows: [rollout] });
      const probability = Math.exp(sum(responseLogp(double(START), rollout)));
      for (let i = 0; i < total.length; i++) total[i] = total[i]! + probability * gradient[i]!;
    }
    return total;
  }

  test("the reward penalty is, in expectation, the gradient of KL(π ‖ reference) of whole responses", async () => {
    const rows = allResponses(2);
    const divergence = (weights: Reference): number =>
      sum(
        rows.map((rollout) => {
          const logp = sum(responseLogp(weights, rollout));
          return Math.exp(logp) * (logp - sum(responseLogp(double(OTHER), rollout)));
        }),
      );
    expect(wrongTensors(await expectedPenalty(rows, "reward"), divergence)).toEqual([]);
  });

  test("the k3 penalty is, in expectation, the gradient of KL(reference ‖ π)", async () => {
    const rows = allResponses(1);
    const divergence = (weights: Reference): number =>
      sum(
        rows.map((rollout) => {
          const logp = sum(responseLogp(double(OTHER), rollout));
          return Math.exp(logp) * (logp - sum(responseLogp(weights, rollout)));
        }),
      );
    expect(wrongTensors(await expectedPenalty(rows, "k3"), divergence)).toEqual([]);
  });
});

describe("preferences", () => {
  const PAIRS: readonly PreferencePair[] = [
    { chosen: row([0, 1, 3, 2], 2), rejected: row([0, 1, 2], 2) },
    { chosen: row([3, 0], 1), rejected: row([3, 2, 0, 1, 1], 1), weight: 2.5 },
    { chosen: row([2, 2, 1], 1), rejected: row([2, 0, 0], 1), weight: 0 },
  ];
  const [beta, alpha] = [0.4, 0.7];
  const losses = (weights: Reference): number[] =>
    PAIRS.map(({ chosen, rejected }) => {
      const ratio = (response: typeof chosen): number =>
        sum(responseLogp(weights, response)) - sum(responseLogp(double(OTHER), response));
      const nll = -sum(responseLogp(weights, chosen)) / (chosen.tokens.length - chosen.promptLength);
      return Math.log1p(Math.exp(-beta * (ratio(chosen) - ratio(rejected)))) + alpha * nll;
    });
  const value = (weights: Reference): number => {
    const [first, second] = losses(weights);
    return (first! + 2.5 * second!) / 3.5;
  };

  test("finite differences of DPO + NLL, and its value", async () => {
    const run = preferenceRun({ initial: START, reference: OTHER, beta, alpha });
    const { gradient, measured } = await gradientOf(run, { pairs: PAIRS });
    expect(wrongTensors(gradient, value)).toEqual([]);
    expect(measured.loss).toBeCloseTo(value(double(START)), 5);
    expect(measured.loss).toBeCloseTo(measured.preferenceLoss + alpha * measured.nll, 12);
  });

  test("reference log-probabilities are computed once, and not where they are given", async () => {
    const run = preferenceRun({ initial: START, reference: OTHER, beta, alpha });
    const twice = [PAIRS[0]!, { ...PAIRS[1]!, rejected: PAIRS[0]!.chosen }];
    const forward = async (pairs: readonly PreferencePair[]): Promise<number> =>
      (await gradientOf(run, { pairs })).measured.forwardTokens;
    // Four responses at the policy; three of them, 4 + 3 + 2 tokens, at the reference.
    expect(await forward(twice)).toBe(4 + 3 + 2 + 4 + 9);
    expect(await forward(twice)).toBe(4 + 3 + 2 + 4);
    const given = { chosen: { ...row([0, 1], 1), reference: -1 }, rejected: { ...row([0, 2], 1), reference: -1 } };
    expect(await forward([given])).toBe(4);
  });

  test("at the reference the loss is log 2 and no pair is told apart", async () => {
    const run = preferenceRun({ initial: START, alpha: 0 });
    const { measured } = await gradientOf(run, { pairs: PAIRS });
    expect(measured.loss).toBeCloseTo(Math.log(2), 5);
    expect(measured.margin).toBeCloseTo(0, 5);
  });

  test.each<[string, readonly PreferencePair[], string]>([
    ["no pairs", [], "invalid-batch: A batch holds no pair of positive weight."],
    [
      "a chosen response without tokens",
      [{ chosen: row([0, 1], 2), rejected: row([0, 1], 1) }],
      "invalid-batch: The chosen response of pair 0 has no prompt or no response",
    ],
    [
      "a NaN weight",
      [{ ...PAIRS[0]!, weight: Number.NaN }],
      "invalid-batch: The weight of pair 0 is not a number of at least 0. Received: NaN.",
    ],
    [
      "an impossible reference",
      [{ chosen: { ...row([0, 1], 1), reference: -Infinity }, rejected: row([0, 2], 1) }],
      "invalid-batch: A reference log-probability of pair 0 is not a finite number.",
    ],
  ])("%s is refused", async (_, pairs, message) => {
    await expect(gradientOf(preferenceRun({ initial: START }), { pairs })).rejects.toThrow(message);
  });

  test.each([
    [{ beta: 0 }, "invalid-training: `beta` must be more than 0. Received: 0."],
    [{ alpha: -1 }, "invalid-training: `alpha` must be 0 or more. Received: -1."],
  ])("the options %o are refused", (options, message) => {
    expect(() => preferenceRun({ initial: START, ...options })).toThrow(message);
  });
});
