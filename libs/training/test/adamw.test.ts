import { expect, test } from "vitest";
import { adamwStep } from "../src/adamw.ts";
import type { OptimizerState } from "../src/adamw.ts";
import { learningRate } from "../src/index.ts";

const fresh = (...weights: number[]): OptimizerState => ({
  step: 0,
  weights: Float32Array.from(weights),
  average: Float32Array.from(weights),
  firstMoment: new Float32Array(weights.length),
  secondMoment: new Float32Array(weights.length),
});
const schedule = { kind: "constant", peak: 0.1 } as const;

test("warm-up rises linearly to the peak and moves from the first step", () => {
  const rates = [0, 1, 2, 3, 4, 5].map((step) => learningRate({ kind: "constant", peak: 1, warmup: 4 }, step));
  expect(rates).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
});

test("linear and cosine decay pass the middle half way, reach the floor and stay there", () => {
  for (const kind of ["linear", "cosine"] as const) {
    const rate = (step: number): number => learningRate({ kind, peak: 1, warmup: 10, steps: 110, floor: 0.2 }, step);
    expect(rate(10)).toBe(1);
    expect(rate(60)).toBeCloseTo(0.6, 12);
    expect(rate(110)).toBeCloseTo(0.2, 12);
    expect(rate(500)).toBeCloseTo(0.2, 12);
  }
  const quarter = learningRate({ kind: "cosine", peak: 1, steps: 100 }, 25);
  expect(quarter).toBeCloseTo((1 + Math.SQRT1_2) / 2, 12);
});

test("the first step has the size of the learning rate whatever the gradient's scale", () => {
  for (const scale of [1e-3, 1, 1e3]) {
    const state = fresh(1, 1);
    const gradient = Float32Array.of(scale, -scale);
    adamwStep(state, gradient, [{ start: 0, end: 2, decays: false }], { schedule, clip: Infinity });
    expect(state.weights[0]).toBeCloseTo(0.9, 4);
    expect(state.weights[1]).toBeCloseTo(1.1, 4);
  }
});

test("two steps follow the recursion of Kingma and Ba, algorithm 1", () => {
  const state = fresh(0);
  const options = { schedule, betas: [0.9, 0.99], epsilon: 0, clip: Infinity } as const;
  adamwStep(state, Float32Array.of(1), [{ start: 0, end: 1, decays: false }], options);
  adamwStep(state, Float32Array.of(3), [{ start: 0, end: 1, decays: false }], options);
  const first = (0.9 * 0.1 * 1 + 0.1 * 3) / (1 - 0.9 ** 2);
  const second = (0.99 * 0.01 * 1 + 0.01 * 9) / (1 - 0.99 ** 2);
  expect(state.weights[0]).toBeCloseTo(-0.1 - (0.1 * first) / Math.sqrt(second), 6);
});

test("clipping scales the whole gradient to the norm given and reports the norm before", () => {
  const state = fresh(0, 0);
  const ranges = [{ start: 0, end: 2, decays: false }];
  const { gradientNorm } = adamwStep(state, Float32Array.of(3, 4), ranges, { schedule, clip: 1 });
  expect(gradientNorm).toBe(5);
  expect(state.firstMoment[0]).toBeCloseTo(0.1 * 0.6, 7);
  expect(state.firstMoment[1]).toBeCloseTo(0.1 * 0.8, 7);
});

test("weight decay is decoupled, and holds only where it is asked for", () => {
  const state = fresh(2, 2);
  const ranges = [
    { start: 0, end: 1, decays: true },
    { start: 1, end: 2, decays: false },
  ];
  adamwStep(state, Float32Array.of(0, 0), ranges, { schedule, weightDecay: 0.5 });
  expect([...state.weights]).toEqual([Math.fround(2 - 0.1 * 0.5 * 2), 2]);
});

test("what lies outside the ranges neither moves nor counts in the norm", () => {
  const state = fresh(1, 1);
  const { gradientNorm } = adamwStep(state, Float32Array.of(0.5, 100), [{ start: 0, end: 1, decays: false }], {
    schedule,
  });
  expect(gradientNorm).toBe(0.5);
  expect(state.weights[1]).toBe(1);
});

test("the average follows the weights with the decay given", () => {
  const state = fresh(1);
  adamwStep(state, Float32Array.of(1), [{ start: 0, end: 1, decays: false }], { schedule, averageDecay: 0.75 });
  expect(state.average[0]).toBeCloseTo(0.75 * 1 + 0.25 * state.weights[0]!, 6);
});
