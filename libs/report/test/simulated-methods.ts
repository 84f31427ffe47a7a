import { canonicalJson, stream } from "@touchstone/core";
import type { ResultRow } from "@touchstone/core";
import { bestOfNWeights, monteCarloError } from "@touchstone/stats";
import type { SimulatedProblem, SimulatedSample } from "./simulated-pool.ts";

export interface Line {
  readonly method: string;
  readonly kind: ResultRow["kind"];
  readonly parameters: string;
  readonly rewardModel: string;
  /** The most samples it uses. */
  readonly atMost: number;
  /** Weight of each drawn sample; a method that is exact over subsets gets the whole pool and `n`. */
  readonly weights: (drawn: readonly SimulatedSample[], n: number) => ArrayLike<number>;
  readonly exact: boolean;
}

export function lines(rewardModels: readonly string[]): Line[] {
  const plain = {
    kind: "method",
    parameters: "{}",
    rewardModel: "",
    atMost: Number.POSITIVE_INFINITY,
    exact: false,
  } as const;
  const uniform = (drawn: readonly unknown[]) => new Float64Array(drawn.length).fill(1 / drawn.length);
  return [
    { ...plain, method: "single-sample", atMost: 1, exact: true, weights: uniform },
    { ...plain, method: "majority-vote", weights: (drawn) => vote(drawn, () => 1) },
    ...rewardModels.flatMap((rewardModel): Line[] => [
      {
        ...plain,
        method: "best-of-n",
        rewardModel,
        exact: true,
        weights: (drawn, n) =>
          bestOfNWeights(
            drawn.map((s) => s.rewards.get(rewardModel)!),
            n,
          ),
      },
      ...["sum", "softmax"].map((convention) => ({
        ...plain,
        method: "weighted-vote",
        parameters: canonicalJson({ convention }),
        rewardModel,
        weights: (drawn: readonly SimulatedSample[]) =>
          vote(drawn, (s) =>
            convention === "sum" ? Math.max(0, s.rewards.get(rewardModel)!) : Math.exp(s.rewards.get(rewardModel)!),
          ),
      })),
    ]),
    {
      ...plain,
      kind: "reference",
      method: "oracle",
      exact: true,
      weights: (drawn, n) =>
        bestOfNWeights(
          drawn.map((s) => s.grade),
          n,
        ),
    },
    { ...plain, kind: "reference", method: "random-choice", exact: true, weights: uniform },
  ];
}

function vote(drawn: readonly SimulatedSample[], mass: (sample: SimulatedSample) => number): Float64Array {
  const totals = new Map<string, { mass: number; count: number }>();
  for (const s of drawn) {
    if (s.answer === "") continue;
    const own = totals.get(s.answer) ?? { mass: 0, count: 0 };
    totals.set(s.answer, { mass: own.mass + mass(s), count: own.count + 1 });
  }
  const most = Math.max(...[...totals.values()].map((t) => t.mass));
  const winners = [...totals].filter(([, t]) => t.mass === most).length;
  return Float64Array.from(drawn, (s) => {
    const own = totals.get(s.answer);
    return own?.mass === most ? 1 / winners / own.count : 0;
  });
}

interface Value {
  readonly estimate: number;
  readonly error: number;
}

/** Orders in which a problem's pool is taken: the same for every method, so that methods are paired. */
const orders = new Map<string, Uint32Array>();

function subset({ id, samples }: SimulatedProblem, replicate: number, n: number): SimulatedSample[] {
  const key = `${id} ${samples.length} ${replicate}`;
  const order = orders.get(key) ?? stream(1, "subset", id, replicate).permutation(samples.length);
  orders.set(key, order);
  return Array.from(order.subarray(0, n), (i) => samples[i]!);
}

/** Accuracy and proxy reward of a method with n samples on each problem, with their Monte-Carlo errors. */
export function evaluate(
  line: Line,
  n: number,
  pool: readonly SimulatedProblem[],
  replicates: number,
): { accuracy: Value; proxy: Value }[] {
  const reward = (s: SimulatedSample) => s.rewards.get(line.rewardModel) ?? 0;
  const mean = (drawn: readonly SimulatedSample[], weights: ArrayLike<number>, f: (s: SimulatedSample) => number) =>
    drawn.reduce((sum, s, i) => sum + (weights[i]! > 0 ? weights[i]! * f(s) : 0), 0);
  return pool.map((problem) => {
    const draws = line.exact
      ? [problem.samples]
      : Array.from({ length: replicates }, (_, replicate) => subset(problem, replicate, n));
    const weighted = draws.map((drawn) => ({ drawn, weights: line.weights(drawn, n) }));
    const over = (f: (s: SimulatedSample) => number): Value => {
      const values = weighted.map(({ drawn, weights }) => mean(drawn, weights, f));
      return {
        estimate: values.reduce((a, b) => a + b, 0) / values.length,
        error: line.exact ? 0 : monteCarloError(values),
      };
    };
    return { accuracy: over((s) => s.grade), proxy: over(reward) };
  });
}
