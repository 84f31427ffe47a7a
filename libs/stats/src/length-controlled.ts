import { mean, standardDeviation } from "./descriptive.ts";
import { dot, fitLogistic, logistic, meanLoss, type LogisticRows } from "./logistic.ts";

/** Verdicts of a judge on a candidate against a baseline, instruction by instruction: parallel arrays. */
export interface Verdicts {
  /** Probability that the candidate's response is preferred, in [0, 1]; ½ a tie; NaN where there is no verdict. */
  readonly preferences: ArrayLike<number>;
  /** Length of the candidate's response minus that of the baseline's; AlpacaEval counts characters. */
  readonly lengthDifferences: ArrayLike<number>;
}

export interface LengthControlOptions {
  /**
   * How hard each instruction is for everybody ({@link instructionDifficulty}): one number an instruction. Without it that term
   * is left out of the model.
   */
  readonly difficulty?: ArrayLike<number>;
  /**
   * Verdicts on the baseline itself, told to be verbose and told to be concise, on the same instructions: they hold the length
   * term to what length alone does. AlpacaEval has two. Default: none, and no such hold.
   */
  readonly gamed?: readonly Verdicts[];
}

export interface WinRate {
  /** Mean preference, in [0, 1]; NaN without a verdict. */
  readonly winRate: number;
  /** Standard deviation of the preferences / √verdicts. */
  readonly standardError: number;
  readonly verdicts: number;
  /** Instructions without a verdict: left out of both rates. */
  readonly missing: number;
}

export interface LengthControlledWinRate extends WinRate {
  /** What the win rate would be if every response were as long as the baseline's, by the model; in [0, 1]. */
  readonly lengthControlled: number;
  /** Standard deviation of the predictions / √instructions: AlpacaEval's, which knows nothing of the error of the fit. */
  readonly lengthControlledStandardError: number;
  readonly coefficients: { readonly length: number; readonly difficulty: number; readonly model: number };
  /** The C that cross-validation chose. */
  readonly C: number;
  /** Predicted preference of each instruction at equal length. */
  readonly predictions: Float64Array;
}

/** Weight of the gamed baselines together, of 1 for the candidate's verdicts: AlpacaEval's regularize_to_baseline_lambda. */
const GAMED_WEIGHT = 0.2;
/** scikit-learn's default grid of LogisticRegressionCV: ten values from 1e-4 to 1e4, evenly in the logarithm. */
const GRID = Array.from({ length: 10 }, (_, i) => 10 ** (-4 + (8 * i) / 9));
const FOLDS = 5;

/** The plain win rate: mean and standard error of the preferences that there are. */
export function winRateOf(preferences: ArrayLike<number>): WinRate {
  const known = Array.from(preferences).filter((value) => !Number.isNaN(value));
  return {
    winRate: mean(known),
    standardError: standardDeviation(known) / Math.sqrt(known.length),
    verdicts: known.length,
    missing: preferences.length - known.length,
  };
}

/**
 * The length-controlled win rate of AlpacaEval 2 (Dubois et al. 2024, arXiv:2404.04475, as `length_controlled_v1` of its code computes
 * it): a logistic model
 *   P(candidate preferred on instruction i) = σ(θ + φ · tanh(Δ_i / sd(Δ)) + ψ · γ_i)
 * with Δ the difference of lengths and γ the instruction's difficulty, fitted to the preferences by cross-entropy under an L1 penalty
 * whose strength 5-fold cross-validation chooses, and then read at Δ = 0: the mean of σ(θ + ψ · γ_i). The gamed baselines enter the fit
 * with weight 0.2 (together) and without θ. AlpacaEval's Δ is baseline − candidate; its φ has the other sign.
 *
 * Departures, all ours: folds are by position modulo 5 (theirs by scikit-learn's GroupKFold); where all lengths are equal, the length
 * term is 0; without `difficulty` or `gamed` those parts are left out, because AlpacaEval's own are files on a hub.
 * NaN throughout where fewer than two instructions have a verdict. Throws `RangeError` on different lengths.
 */
export function lengthControlledWinRate(
  verdicts: Verdicts,
  { difficulty, gamed = [] }: LengthControlOptions = {},
): LengthControlledWinRate {
  const size = verdicts.preferences.length;
  for (const { preferences, lengthDifferences } of [verdicts, ...gamed]) {
    if (preferences.length !== size || lengthDifferences.length !== size || (difficulty ?? preferences).length !== size)
      throw new RangeError(`one preference, length difference and difficulty an instruction are needed, of ${size}`);
  }
  const plain = winRateOf(verdicts.preferences);
  const hard = (i: number) => (difficulty ? [difficulty[i]!] : []);
  const rowsOf = (some: Verdicts, candidate: 0 | 1, weight: number) => {
    const length = lengthFeature(some.lengthDifferences);
    return Array.from({ length: size }, (_, i) => ({
      x: [length[i]!, ...hard(i), candidate],
      y: some.preferences[i]!,
      weight,
    })).filter(({ y }) => !Number.isNaN(y));
  };
  const rows = [...gamed.flatMap((some) => rowsOf(some, 0, GAMED_WEIGHT / gamed.length)), ...rowsOf(verdicts, 1, 1)];
  const nothing = { length: Number.NaN, difficulty: Number.NaN, model: Number.NaN };
  if (plain.verdicts < 2) {
    return {
      ...plain,
      lengthControlled: Number.NaN,
      lengthControlledStandardError: Number.NaN,
      coefficients: nothing,
      C: Number.NaN,
      predictions: new Float64Array(size).fill(Number.NaN),
    };
  }
  const C = chosenC(rows);
  const w = fitLogistic(asRows(rows), C);
  const predictions = Float64Array.from({ length: size }, (_, i) => logistic(dot(w, [0, ...hard(i), 1])));
  return {
    ...plain,
    lengthControlled: mean(predictions),
    lengthControlledStandardError: standardDeviation(predictions) / Math.sqrt(size),
    coefficients: { length: w[0]!, difficulty: difficulty ? w[1]! : 0, model: w.at(-1)! },
    C,
    predictions,
  };
}

/**
 * How hard instructions are, from verdicts on several models, `preferences[model][instruction]`: the logit of the mean preference, as
 * AlpacaEval's analysis begins with (its published difficulties are then fitted jointly with all models of its leaderboard). Higher is
 * easier. Verdicts that are NaN are left out; means are kept within [1e-6, 1 − 1e-6] so that the logit stays finite (ours).
 */
export function instructionDifficulty(preferences: readonly ArrayLike<number>[]): Float64Array {
  const size = preferences[0]?.length ?? 0;
  return Float64Array.from({ length: size }, (_, i) => {
    const known = preferences.map((row) => row[i]!).filter((value) => !Number.isNaN(value));
    const p = Math.min(1 - 1e-6, Math.max(1e-6, mean(known)));
    return Math.log(p / (1 - p));
  });
}

interface Row {
  readonly x: readonly number[];
  readonly y: number;
  readonly weight: number;
}

function asRows(rows: readonly Row[]): LogisticRows {
  return {
    features: rows.map(({ x }) => x),
    targets: rows.map(({ y }) => y),
    weights: rows.map(({ weight }) => weight),
  };
}

/** tanh(Δ / sd(Δ)) over all instructions, those without a verdict included. */
function lengthFeature(differences: ArrayLike<number>): Float64Array {
  const scale = standardDeviation(differences);
  return Float64Array.from(differences, (difference) => (scale > 0 ? Math.tanh(difference / scale) : 0));
}

function chosenC(rows: readonly Row[]): number {
  const losses = GRID.map((C) => {
    let sum = 0;
    let folds = 0;
    for (let fold = 0; fold < FOLDS; fold++) {
      const held = asRows(rows.filter((_, i) => i % FOLDS === fold));
      const trained = asRows(rows.filter((_, i) => i % FOLDS !== fold));
      // With fewer rows than folds some are empty.
      if (held.targets.length === 0 || trained.targets.length === 0) continue;
      sum += meanLoss(held, fitLogistic(trained, C));
      folds++;
    }
    return sum / folds;
  });
  return GRID[losses.indexOf(Math.min(...losses))]!;
}
