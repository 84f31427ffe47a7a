import type { AdvantageEstimator } from "@touchstone/core";
import { ESTIMATORS } from "@touchstone/runner/estimators";

/** An estimator with its options for one size of groups. */
export interface Contestant {
  readonly label: string;
  readonly advantages: (rewards: Float64Array) => Float64Array;
}

const OPTIONS: readonly (readonly [string, (size: number) => object, string])[] = [
  ["rloo", () => ({}), "rloo"],
  ["grpo", () => ({}), "grpo"],
  ["grpo-z", () => ({}), "grpo-z"],
  ["max-at-k", () => ({}), "max-at-k, k = m"],
  ["max-at-k", (size) => ({ k: size / 2 }), "max-at-k, k = m/2"],
  ["tea", () => ({}), "tea"],
  ["tea", () => ({ alpha: 0.5 }), "tea, alpha = .5"],
  ["tea", () => ({ alpha: 1 }), "tea, alpha = 1"],
  ["prefix-tea", () => ({}), "prefix-tea"],
  ["prefix-tea-cross-fitted", () => ({}), "prefix-tea-cross-fitted"],
  ["order-statistic-extrapolation", () => ({}), "order-statistic-extrapolation (1, m)"],
  ["order-statistic-extrapolation", (size) => ({ k: [size / 2, size] }), "order-statistic-extrapolation (m/2, m)"],
  ["best-of-n-mean", () => ({}), "best-of-n-mean"],
  ["bon-rl", () => ({}), "bon-rl"],
  ["cat-bon", () => ({}), "cat-bon"],
];

/** Those that groups of this size are large enough for. */
export function contestants(size: number, n: number): Contestant[] {
  return OPTIONS.flatMap(([name, optionsFor, label]) => {
    const estimator = ESTIMATORS.find((candidate) => candidate.name === name)!;
    const options = { ...(estimator.parameters.parse(optionsFor(size)) as object), n };
    if (!holds(estimator, size, options)) return [];
    return [{ label, advantages: (rewards: Float64Array) => estimator.advantages(rewards, options) }];
  });
}

function holds(estimator: AdvantageEstimator, size: number, options: { readonly n: number }): boolean {
  try {
    estimator.plan(size, options);
    return true;
  } catch {
    return false;
  }
}
