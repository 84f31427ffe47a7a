import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import type { OptimizerOptions, Weights } from "../src/index.ts";
import { policyRun } from "../src/policy-gradient.ts";
import type { PolicyBatch, PolicyGradientOptions, PolicyRow, PolicyStepMetrics } from "../src/policy-gradient.ts";
import { runOn } from "../src/run-likelihood.ts";
import { actionRow, expectedMaximum, softmax, tabularLayout, TabularPolicy } from "./tabular.ts";

const ACTIONS = 6;
const START: Weights = new Map([["logits", { shape: [ACTIONS], data: Float32Array.of(1.5, 1, 0.5, 0, -0.5, -1.5) }]]);
const OPTIMIZER: OptimizerOptions = { schedule: { kind: "constant", peak: 0.02 }, clip: Infinity, averageDecay: 0 };

interface Run extends Pick<PolicyGradientOptions, "clip" | "kl" | "checkpoint"> {
  readonly steps?: number;
  readonly policy?: TabularPolicy;
  readonly batch: (step: number, p: Float64Array) => PolicyBatch;
}

/** Trains the tabular policy; returns its probabilities after every step, and the metrics. */
async function train({ steps = 1, policy = new TabularPolicy(ACTIONS), batch, ...options }: Run) {
  const curve: Float64Array[] = [];
  const metrics: PolicyStepMetrics[] = [];
  const state = await runOn(policy, tabularLayout(ACTIONS), {
    ...options,
    ...policyRun({ initial: START, ...options }),
    initial: START,
    steps,
    optimizer: OPTIMIZER,
    batch: (step, weights) => Promise.resolve(batch(step, softmax(weights.get("logits")!.data))),
    onStep: (measured) => {
      curve.push(softmax(policy.parameters));
      metrics.push(measured);
    },
  });
  return { curve, metrics, state, policy };
}

/** AdamW without decay (Kingma and Ba, algorithm 1, with the library's default β) along the finite differences of a value, ascending. */
function exactAscent(value: (p: Float64Array) => number, steps: number): Float64Array[] {
  const theta = Float64Array.from(START.get("logits")!.data);
  const [first, second] = [new Float64Array(ACTIONS), new Float64Array(ACTIONS)];
  return Array.from({ length: steps }, (_, step) => {
    const gradient = theta.map((own, k) => {
      const at = (shift: number): number => value(softmax(theta.with(k, own + shift)));
      return (at(1e-5) - at(-1e-5)) / 2e-5;
    });
    for (let k = 0; k < ACTIONS; k++) {
      first[k] = 0.9 * first[k]! + 0.1 * gradient[k]!;
      second[k] = 0.98 * second[k]! + 0.02 * gradient[k]! ** 2;
      const m = first[k]! / (1 - 0.9 ** (step + 1));
      const v = second[k]! / (1 - 0.98 ** (step + 1));
      theta[k] = theta[k]! + (0.02 * m) / (Math.sqrt(v) + 1e-8);
    }
    return softmax(theta);
  });
}

/** Exact advantages of best-of-n, A(r) = n·Σ_{j < r} F(j)^{n−1}: E max(r, M) up to a constant, M the best of n − 1 others. */
function bestOfNAdvantages(p: Float64Array, n: number): number[] {
  let [cumulated, advantage] = [0, 0];
  return [...p].map((probability) => {
    const own = advantage;
    cumulated += probability;
    advantage += n * cumulated ** (n - 1);
    return own;
  });
}

test("with every action at its expected weight, the curve is the exact ascent of best-of-n", async () => {
  const n = 8;
  const { curve } = await train({
    steps: 150,
    batch: (_, p) => ({
      prompts: 1,
      rows: bestOfNAdvantages(p, n).map((advantage, k) => ({ ...actionRow(k), advantage: p[k]! * advantage })),
    }),
  });
  const exact = exactAscent((p) => expectedMaximum(p, n), 150);
  const values = curve.map((p) => expectedMaximum(p, n));
  expect(values.at(-1)! - values[0]!).toBeGreaterThan(0.3);
  for (const [step, p] of exact.entries()) expect(values[step]).toBeCloseTo(expectedMaximum(p, n), 3);
});

test("with drawn rollouts, the curve stays beside the exact ascent of the mean reward", async () => {
  const [prompts, m, steps] = [64, 16, 120];
  const { curve } = await train({
    steps,
    batch: (step, p) => {
      const random = stream(1, "rollouts", step);
      const rows = Array.from({ length: prompts }, () => {
        const drawn = Array.from({ length: m }, () => {
          let [u, k] = [random.uniform(), 0];
          while (k < ACTIONS - 1 && (u -= p[k]!) >= 0) k += 1;
          return k;
        });
        const mean = drawn.reduce((sum, k) => sum + k, 0) / m;
        return drawn.map((k): PolicyRow => ({ ...actionRow(k), advantage: (k - mean) / (m - 1) }));
      });
      return { prompts, rows: rows.flat() };
    },
  });
  const mean = (p: Float64Array): number => expectedMaximum(p, 1);
  const exact = exactAscent(mean, steps);
  expect(mean(exact.at(-1)!) - mean(exact[0]!)).toBeGreaterThan(1);
  for (const step of [29, 59, 89, 119]) expect(Math.abs(mean(curve[step]!) - mean(exact[step]!))).toBeLessThan(0.05);
});

test("a strong penalty holds the policy at the reference, a weak one lets it go", async () => {
  const divergence = async (coefficient: number, estimator: "k3" | "reward"): Promise<number> => {
    const { curve } = await train({
      steps: 200,
      kl: { coefficient, estimator },
      batch: (step, p) => {
        const random = stream(2, "rollouts", step);
        const rows = Array.from({ length: 256 }, (): PolicyRow => {
          let [u, k] = [random.uniform(), 0];
          while (k < ACTIONS - 1 && (u -= p[k]!) >= 0) k += 1;
          return { ...actionRow(k), advantage: (k - expectedMaximum(p, 1)) / 256 };
        });
        return { prompts: 1, rows };
      },
    });
    const start = softmax(START.get("logits")!.data);
    return curve.at(-1)!.reduce((sum, p, k) => sum + p * Math.log(p / start[k]!), 0);
  };
  for (const estimator of ["k3", "reward"] as const) {
    expect(await divergence(10, estimator)).toBeLessThan(0.02);
    expect(await divergence(0.01, estimator)).toBeGreaterThan(0.3);
  }
});

test("rows of advantage 0 enter no gradient, and do with a penalty", async () => {
  const rows = [0, 1, 0, 0].map((advantage, k) => ({ ...actionRow(k), advantage }));
  const plain = await train({ batch: () => ({ prompts: 1, rows }) });
  expect(plain.policy.gradientRows).toBe(1);
  expect(plain.metrics[0]).toMatchObject({ rows: 4, gradientRows: 1, forwardTokens: 0, gradientTokens: 2 });
  // At the reference itself the penalty of each row is 0, so it is taken at another.
  const reference: Weights = new Map([["logits", { shape: [ACTIONS], data: new Float32Array(ACTIONS) }]]);
  const held = await train({ kl: { coefficient: 0.1, reference }, batch: () => ({ prompts: 1, rows }) });
  expect(held.metrics[0]).toMatchObject({ gradientRows: 4, forwardTokens: 16, gradientTokens: 8 });
});

test.each([
  ["equal rewards", [0, 0, 0].map((advantage, k) => ({ ...actionRow(k), advantage }))],
  ["no rows at all", []],
])("%s: a gradient of 0, and the step counts", async (_, rows) => {
  const { state, metrics } = await train({ batch: () => ({ prompts: 1, rows }) });
  expect(state.step).toBe(1);
  expect(state.weights).toEqual(START);
  expect(metrics[0]).toMatchObject({ gradientNorm: 0, gradientRows: 0, gradientTokens: 0, meanRatio: Number.NaN });
});

test("one rollout is a batch", async () => {
  const { curve } = await train({ batch: () => ({ prompts: 1, rows: [{ ...actionRow(4), advantage: 1 }] }) });
  expect(curve[0]![4]).toBeGreaterThan(softmax(START.get("logits")!.data)[4]!);
});

test("the gradient is a mean over prompts, those without a row included", async () => {
  const rows = [{ ...actionRow(3), advantage: 1 }];
  const norm = async (prompts: number): Promise<number> =>
    (await train({ batch: () => ({ prompts, rows }) })).metrics[0]!.gradientNorm;
  expect(await norm(4)).toBeCloseTo((await norm(1)) / 4, 6);
});

test("the ratio says how far the policy is from the one that drew, and the clip what it left out", async () => {
  const p = softmax(START.get("logits")!.data);
  const row = (k: number, ratio: number, advantage: number): PolicyRow => ({
    ...actionRow(k),
    advantage,
    behaviour: Float32Array.of(Math.log(p[k]! / ratio)),
  });
  const rows = [row(0, 1.5, 1), row(1, 1.5, -1), row(2, 0.5, 1), row(3, 0.5, -1), row(4, 1, 1)];
  const { metrics } = await train({ clip: { low: 0.2, high: 0.3 }, batch: () => ({ prompts: 1, rows }) });
  // The first is above 1.3 with A > 0, the fourth below .8 with A < 0.
  expect(metrics[0]).toMatchObject({ gradientRows: 3, forwardTokens: 10, gradientTokens: 6, clipShare: 2 / 5 });
  expect(metrics[0]!.meanRatio).toBeCloseTo((1.5 + 1.5 + 0.5 + 0.5 + 1) / 5, 5);
});

test.each<[string, Omit<Run, "batch">, PolicyBatch, string]>([
  [
    "a NaN advantage",
    {},
    { prompts: 1, rows: [{ ...actionRow(1), advantage: Number.NaN }] },
    "invalid-batch: The advantage of row 0 is not a finite number. Received: NaN. Leave rollouts without a reward out",
  ],
  [
    "no prompts",
    {},
    { prompts: 0, rows: [] },
    "invalid-batch: A batch's prompts are counted by a whole number of at least 1. Received: 0.",
  ],
  [
    "a row without a response",
    {},
    { prompts: 1, rows: [{ tokens: Int32Array.of(0, 1), promptLength: 2, advantage: 1 }] },
    "invalid-batch: Row 0 has no prompt or no response: its prompt is 2 of 2 tokens.",
  ],
  [
    "clipping without the behaviour's log-probabilities",
    { clip: {} },
    { prompts: 1, rows: [{ ...actionRow(1), advantage: 1 }] },
    "invalid-batch: Row 0 has no log-probabilities under the policy that drew it",
  ],
  [
    "log-probabilities of the whole row",
    {},
    { prompts: 1, rows: [{ ...actionRow(1), advantage: 1, behaviour: Float32Array.of(0, -1) }] },
    "invalid-batch: Row 0 has 1 response tokens and another number of behaviour log-probabilities. Received: 2.",
  ],
  [
    "an impossible reference",
    { kl: { coefficient: 1 } },
    { prompts: 1, rows: [{ ...actionRow(1), advantage: 1, reference: Float32Array.of(-Infinity) }] },
    "invalid-batch: A reference log-probability of row 0 is not a finite number. Received: -Infinity.",
  ],
])("%s is refused", async (_, options, batch, message) => {
  await expect(train({ ...options, batch: () => batch })).rejects.toThrow(message);
});

test.each([
  [{ clip: { low: 0 } }, "invalid-training: `clip.low` must be more than 0 and at most 1. Received: 0."],
  [{ clip: { high: -1 } }, "invalid-training: `clip.high` must be more than 0. Received: -1."],
  [{ kl: { coefficient: Number.NaN } }, "invalid-training: `kl.coefficient` must be 0 or more. Received: NaN."],
])("the options %o are refused", (options, message) => {
  expect(() => policyRun({ initial: START, ...options })).toThrow(message);
});
