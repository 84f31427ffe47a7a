import type { LikelihoodStepMetrics, LikelihoodTrainingOptions, ResponseRow } from "./likelihood-training.ts";
import type { TrainingState } from "./loop.ts";
import { preferenceCoefficients } from "./preference-coefficients.ts";
import type { PreferenceLoss } from "./preference-coefficients.ts";
import { checkResponse, invalidBatch, invalidTraining, sumOf } from "./response-rows.ts";
import { runLikelihood } from "./run-likelihood.ts";
import type { LikelihoodRun, LikelihoodStep } from "./run-likelihood.ts";
import type { Weights } from "./weights.ts";

/** One response of a pair. */
export interface PreferenceRow extends ResponseRow {
  /** log π_ref(y | x) in nats, summed over the response. Default: computed from the reference, once for every `tokens` array. */
  readonly reference?: number;
}

export interface PreferencePair {
  /** y⁺ */
  readonly chosen: PreferenceRow;
  /** y⁻ */
  readonly rejected: PreferenceRow;
  /** ≥ 0. Default: 1. The loss is Σ w·loss / Σ w over the batch. */
  readonly weight?: number;
}

export interface PreferenceBatch {
  /** At least one of positive weight. */
  readonly pairs: readonly PreferencePair[];
}

export interface PreferenceOptions extends LikelihoodTrainingOptions {
  /** The pairs of step `step` (0, 1, …), which may be drawn from `weights`: a function of the two. */
  readonly batch: (step: number, weights: Weights) => Promise<PreferenceBatch>;
  /** β > 0: strength of the pull to the reference. Default: .1. */
  readonly beta?: number;
  /** α ≥ 0: weight of the negative log-likelihood of y⁺ per token. Default: 1. 0: DPO alone. */
  readonly alpha?: number;
  /** π_ref. Default: `initial`. */
  readonly reference?: Weights;
  readonly onStep?: (metrics: PreferenceStepMetrics) => void | Promise<void>;
}

export interface PreferenceStepMetrics extends LikelihoodStepMetrics {
  readonly pairs: number;
  /** Weighted mean of the whole loss, before the update: `preferenceLoss` + α·`nll`. */
  readonly loss: number;
  /** Weighted mean of −log σ(β·margin). */
  readonly preferenceLoss: number;
  /** Weighted mean of −log π(y⁺)/|y⁺|, nats per token. */
  readonly nll: number;
  /** Weighted mean of (log π(y⁺) − log π_ref(y⁺)) − (log π(y⁻) − log π_ref(y⁻)), nats. */
  readonly margin: number;
  /** Weighted share of pairs with a margin above 0. */
  readonly accuracy: number;
}

/**
 * DPO (Rafailov et al. 2023, eq. 7) with the negative log-likelihood of the chosen response beside it: −log σ(β·margin) −
 * α·log π(y⁺)/|y⁺|, the margin being the difference of the two log-ratios to the reference. The sum is that of iterative reasoning preference
 * optimization (Pang et al. 2024), read second-hand: α as TRL documents it, the division by the length recalled. Resumes when
 * `checkpoint.folder` holds a state.
 * @throws TouchstoneError `invalid-batch`, `invalid-training`, `diverged`, `interrupted`, `invalid-weights`
 */
export function trainPreferences(options: PreferenceOptions): Promise<TrainingState> {
  return runLikelihood({ ...options, ...preferenceRun(options) });
}

type PreferenceRun = Pick<LikelihoodRun<PreferenceBatch, PreferenceLossMetrics>, "reference" | "loss">;
type PreferenceLossMetrics = Omit<PreferenceStepMetrics, keyof LikelihoodStepMetrics>;

/** The loss, for any engine. */
export function preferenceRun({
  initial,
  reference,
  beta = 0.1,
  alpha = 1,
}: Pick<PreferenceOptions, "initial" | "reference" | "beta" | "alpha">): PreferenceRun {
  if (!(beta > 0 && Number.isFinite(beta))) throw invalidTraining("beta", beta, "more than 0");
  if (!(alpha >= 0 && Number.isFinite(alpha))) throw invalidTraining("alpha", alpha, "0 or more");
  // By the array of tokens: pairs that come back in later steps, and rows that stand in several pairs, are run once.
  const known = new WeakMap<Int32Array, number>();
  return {
    reference: reference ?? initial,
    loss: (batch, step) => preferenceStep(batch, step, { beta, alpha }, known),
  };
}

async function preferenceStep(
  { pairs }: PreferenceBatch,
  step: LikelihoodStep,
  settings: PreferenceLoss,
  known: WeakMap<Int32Array, number>,
): Promise<PreferenceLossMetrics> {
  checkPairs(pairs);
  const entering = pairs.filter(({ weight = 1 }) => weight > 0);
  const rows = entering.flatMap(({ chosen, rejected }) => [chosen, rejected]);
  const logp = await step.forward(rows);
  const references = await referencesOf(rows, step, known);
  const { coefficients, ...measured } = preferenceCoefficients(entering, logp, references, settings);
  await step.gradient(rows, coefficients);
  return { pairs: entering.length, ...measured };
}

async function referencesOf(
  rows: readonly PreferenceRow[],
  step: LikelihoodStep,
  known: WeakMap<Int32Array, number>,
): Promise<readonly number[]> {
  const missing = [
    ...new Map(
      rows
        .filter(({ tokens, reference }) => reference === undefined && !known.has(tokens))
        .map((row) => [row.tokens, row]),
    ).values(),
  ];
  const computed = await step.reference(missing);
  for (const [i, { tokens, promptLength }] of missing.entries())
    known.set(
      tokens,
      sumOf([...computed[i]!.subarray(promptLength)], (value) => value),
    );
  return rows.map(({ tokens, reference }) => reference ?? known.get(tokens)!);
}

function checkPairs(pairs: readonly PreferencePair[]): void {
  for (const [i, { chosen, rejected, weight = 1 }] of pairs.entries()) {
    checkResponse(chosen, `The chosen response of pair ${i}`);
    checkResponse(rejected, `The rejected response of pair ${i}`);
    for (const { reference = 0 } of [chosen, rejected]) {
      if (!Number.isFinite(reference))
        throw invalidBatch(
          `A reference log-probability of pair ${i} is not a finite number.`,
          reference,
          "Leave out responses that the reference could not have drawn.",
        );
    }
    if (!(weight >= 0 && Number.isFinite(weight)))
      throw invalidBatch(
        `The weight of pair ${i} is not a number of at least 0.`,
        weight,
        "Give weights of 0 or more.",
      );
  }
  if (!pairs.some(({ weight = 1 }) => weight > 0))
    throw invalidBatch("A batch holds no pair of positive weight.", pairs.length, "Give at least one pair.");
}
