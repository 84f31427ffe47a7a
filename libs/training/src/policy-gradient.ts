import type { LikelihoodStepMetrics, LikelihoodTrainingOptions, ResponseRow } from "./likelihood-training.ts";
import type { TrainingState } from "./loop.ts";
import { policyCoefficients } from "./policy-coefficients.ts";
import { checkPerToken, checkResponse, invalidBatch, invalidTraining, sumOf } from "./response-rows.ts";
import { runLikelihood } from "./run-likelihood.ts";
import type { LikelihoodRun, LikelihoodStep } from "./run-likelihood.ts";
import type { Weights } from "./weights.ts";

/** One rollout with its advantage. */
export interface PolicyRow extends ResponseRow {
  /** A_i with the 1/m inside, as the advantage estimators give it; finite. A row of advantage 0 costs nothing unless `kl` is on. */
  readonly advantage: number;
  /**
   * [response tokens]: log-probabilities in nats, at temperature 1, under the policy that drew the row (the engine's
   * `statistics.logProbability`). Needed with `clip`; without it only the mean ratio is measured from them.
   */
  readonly behaviour?: Float32Array;
  /** [response tokens]: log-probabilities under the reference policy. Default: computed from `kl.reference`. */
  readonly reference?: Float32Array;
}

export interface PolicyBatch {
  /** Rows in any order. All rollouts where `kl` is on; otherwise those of advantage 0 may be left out. */
  readonly rows: readonly PolicyRow[];
  /** Prompts that the rollouts were drawn for, those without a row here included: the gradient is a mean over prompts. */
  readonly prompts: number;
}

/** The ratio's interval [1 − low, 1 + high] (PPO, Schulman et al. 2017, eq. 7; a higher upper edge as in DAPO, Yu et al. 2025). */
export interface ClipOptions {
  /** In (0, 1]. Default: .2. */
  readonly low?: number;
  /** > 0; Infinity corrects for the behaviour policy and clips on one side only. Default: low. */
  readonly high?: number;
}

/** A penalty coefficient·KL(π ‖ reference), mean over rows of the sum over a response's tokens. */
export interface KlOptions {
  /** β ≥ 0, in units of the reward per nat. */
  readonly coefficient: number;
  /** Default: `initial`. Not needed where every row brings its `reference`. */
  readonly reference?: Weights;
  /**
   * How the penalty's gradient is taken. "k3" (default): that of exp(d) − d − 1 per token, d = log reference − log π
   * (Schulman 2020; GRPO, Shao et al. 2024, eq. 4); never negative, but in expectation it is the gradient of the per-token
   * KL(reference ‖ π). "reward": β·Σ_{u ≥ t} (log π_u − log reference_u) is taken off the advantage of token t, an unbiased
   * gradient of KL(π ‖ reference) of whole responses, of larger variance.
   */
  readonly estimator?: "k3" | "reward";
}

/** Metrics over response tokens; NaN where nothing was measured. */
export interface PolicyStepMetrics extends LikelihoodStepMetrics {
  readonly rows: number;
  /** Rows that entered the gradient. */
  readonly gradientRows: number;
  /** Mean of π/behaviour over the tokens of rows with `behaviour` that were computed: 1 for on-policy rows. */
  readonly meanRatio: number;
  /** Share of tokens whose gradient the clip removed, of rows with advantage ≠ 0. NaN without `clip`. */
  readonly clipShare: number;
  /** Mean over rows of Σ_t exp(d) − d − 1: an estimate of KL(π ‖ reference) in nats per response. NaN without `kl`. */
  readonly kl: number;
}

export interface PolicyGradientOptions extends LikelihoodTrainingOptions {
  /** The rollouts of step `step` (0, 1, …), drawn from `weights`: a function of the two, so that a resumed run sees the same data. */
  readonly batch: (step: number, weights: Weights) => Promise<PolicyBatch>;
  readonly clip?: ClipOptions;
  readonly kl?: KlOptions;
  readonly onStep?: (metrics: PolicyStepMetrics) => void | Promise<void>;
}

/**
 * Policy gradient: AdamW ascent along (1/prompts)·Σ_i A_i·∇ log π(y_i), the log-probability being summed over the response's tokens
 * (no division by its length), for any advantages; with a clipped ratio and a KL penalty on request. Resumes when
 * `checkpoint.folder` holds a state. A step whose advantages are all 0 has a gradient of 0 and counts as a step.
 * @throws TouchstoneError `invalid-batch`, `invalid-training`, `diverged`, `interrupted`, `invalid-weights`
 */
export function trainPolicyGradient(options: PolicyGradientOptions): Promise<TrainingState> {
  return runLikelihood({ ...options, ...policyRun(options) });
}

type PolicyRun = Pick<LikelihoodRun<PolicyBatch, PolicyLossMetrics>, "reference" | "loss">;
type PolicyLossMetrics = Omit<PolicyStepMetrics, keyof LikelihoodStepMetrics>;

/** The loss, for any engine. */
export function policyRun(options: Pick<PolicyGradientOptions, "initial" | "clip" | "kl">): PolicyRun {
  checkOptions(options);
  return {
    reference: options.kl?.reference ?? options.initial,
    loss: (batch, step) => policyStep(batch, step, options),
  };
}

async function policyStep(
  { rows, prompts }: PolicyBatch,
  step: LikelihoodStep,
  { clip, kl }: Pick<PolicyGradientOptions, "clip" | "kl">,
): Promise<PolicyLossMetrics> {
  checkBatch({ rows, prompts }, clip !== undefined);
  const active = kl === undefined ? rows.filter(({ advantage }) => advantage !== 0) : rows;
  const before = clip === undefined && kl === undefined ? [] : await step.forward(active);
  const references = kl === undefined ? [] : await referencesOf(active, step);
  const { coefficients, tokens, clipped, divergence } = policyCoefficients(
    active,
    { prompts, clip, kl },
    before,
    references,
  );
  const during = await step.gradient(active, coefficients);
  return {
    rows: rows.length,
    gradientRows: during.filter((logp) => logp !== undefined).length,
    meanRatio: meanRatio(
      active,
      during.map((logp, r) => before[r] ?? logp),
    ),
    clipShare: clip === undefined ? Number.NaN : clipped / tokens,
    kl: kl === undefined ? Number.NaN : divergence / active.length,
  };
}

/** [response tokens] of each row, those that the rows don't bring computed. */
async function referencesOf(rows: readonly PolicyRow[], step: LikelihoodStep): Promise<readonly Float32Array[]> {
  const missing = rows.filter(({ reference }) => reference === undefined);
  const computed = (await step.reference(missing)).values();
  return rows.map(({ reference, promptLength }) => reference ?? computed.next().value!.subarray(promptLength));
}

function meanRatio(rows: readonly PolicyRow[], logp: readonly (Float32Array | undefined)[]): number {
  let [sum, tokens] = [0, 0];
  for (const [r, { behaviour, promptLength }] of rows.entries()) {
    const own = logp[r]?.subarray(promptLength);
    if (own === undefined || behaviour === undefined) continue;
    sum += sumOf([...own], (value, t) => Math.exp(value - behaviour[t]!));
    tokens += own.length;
  }
  return sum / tokens;
}

function checkBatch({ rows, prompts }: PolicyBatch, clip: boolean): void {
  if (!(Number.isSafeInteger(prompts) && prompts >= 1)) {
    throw invalidBatch(
      "A batch's prompts are counted by a whole number of at least 1.",
      prompts,
      "Count the prompts whose rollouts the advantages were estimated from.",
    );
  }
  for (const [r, row] of rows.entries()) {
    const name = `Row ${r}`;
    checkResponse(row, name);
    if (!Number.isFinite(row.advantage)) {
      throw invalidBatch(
        `The advantage of row ${r} is not a finite number.`,
        row.advantage,
        "Leave rollouts without a reward out of their group before the advantages are estimated.",
      );
    }
    if (row.behaviour !== undefined) checkPerToken(row, row.behaviour, name, "behaviour");
    else if (clip) {
      throw invalidBatch(
        `${name} has no log-probabilities under the policy that drew it, which clipping compares with.`,
        undefined,
        "Give `behaviour` with every row, or train without `clip`.",
      );
    }
    if (row.reference !== undefined) checkPerToken(row, row.reference, name, "reference");
  }
}

function checkOptions({ clip, kl }: Pick<PolicyGradientOptions, "clip" | "kl">): void {
  const { low = 0.2 } = clip ?? {};
  if (!(low > 0 && low <= 1)) throw invalidTraining("clip.low", low, "more than 0 and at most 1");
  if (!((clip?.high ?? low) > 0)) throw invalidTraining("clip.high", clip?.high, "more than 0");
  const coefficient = kl?.coefficient ?? 0;
  if (!(coefficient >= 0 && Number.isFinite(coefficient)))
    throw invalidTraining("kl.coefficient", coefficient, "0 or more");
}
