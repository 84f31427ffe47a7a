/** What a ratio needs to know of a state; statistics of every token, as in `Drawn`. */
export interface State {
  readonly statistics: {
    readonly logProbability: ArrayLike<number>;
    readonly decodingLogProbability: ArrayLike<number>;
  };
  /** Reward, or NaN where it failed or none is used. */
  readonly reward: number;
}

/**
 * log of π(to)·q(from) / (π(from)·q(to)), where π is the law a chain walks towards and q that of drawing what follows the first
 * `kept` tokens, which both states share. Without the numbers of cuts (`cutCount`).
 */
export type LogRatio = (from: State, to: State, kept: number) => number;

/** π ∝ p·exp(r/β), p the law of decoding: suffixes cancel. `beta` in units of the reward (QAlign, arXiv:2504.03790). */
export function tilted(beta: number): LogRatio {
  return (from, to) => (to.reward - from.reward) / beta;
}

/** π ∝ exp(r/β) on the responses that decoding can give: as `tilted`, times p(old suffix)/p(new suffix) (QUEST, arXiv:2406.00049). */
export function gibbs(beta: number): LogRatio {
  const reward = tilted(beta);
  return (from, to, kept) =>
    reward(from, to, kept) +
    suffixSum(from.statistics.decodingLogProbability, kept) -
    suffixSum(to.statistics.decodingLogProbability, kept);
}

/** As QUEST's published code has it: the mean log-probability of a suffix's tokens in place of their sum. Not exact. */
export function gibbsOfMeans(beta: number): LogRatio {
  const reward = tilted(beta);
  const mean = (values: ArrayLike<number>, from: number) => suffixSum(values, from) / (values.length - from);
  return (from, to, kept) =>
    reward(from, to, kept) +
    mean(from.statistics.decodingLogProbability, kept) -
    mean(to.statistics.decodingLogProbability, kept);
}

/** π ∝ p₁^α, p₁ the model's law at temperature 1 (power sampling, arXiv:2510.14901): α·Δ log p₁ − Δ log q over the suffix. */
export function sharpened(alpha: number): LogRatio {
  const score = ({ statistics }: State, kept: number) =>
    alpha * suffixSum(statistics.logProbability, kept) - suffixSum(statistics.decodingLogProbability, kept);
  return (from, to, kept) => score(to, kept) - score(from, kept);
}

function suffixSum(values: ArrayLike<number>, from: number): number {
  let sum = 0;
  for (let i = from; i < values.length; i++) sum += values[i]!;
  return sum;
}
