import type { ClipOptions, KlOptions, PolicyRow } from "./policy-gradient.ts";

/** ∂loss/∂log p of a batch and what was seen on the way. */
export interface PolicyCoefficients {
  /** As `rows`: per token of the row, 0 on the prompt. */
  readonly coefficients: readonly Float32Array[];
  /** Response tokens of rows with advantage ≠ 0, and those among them whose gradient the clip removed. */
  readonly tokens: number;
  readonly clipped: number;
  /** Σ over rows and tokens of exp(d) − d − 1. */
  readonly divergence: number;
}

export interface PolicyLoss {
  readonly prompts: number;
  readonly clip?: ClipOptions | undefined;
  readonly kl?: Pick<KlOptions, "coefficient" | "estimator"> | undefined;
}

/**
 * The coefficients of the loss
 *   −(1/prompts)·Σ_i A_i·Σ_t f(ρ_{i,t}) + β·(1/rows)·Σ_i Σ_t penalty_{i,t}
 * where f(ρ) = log π (gradient ∇ log π) without a clip; with one A·f = min(ρA, clamp(ρ, 1 − low, 1 + high)·A), ρ = π/behaviour, whose
 * gradient is ρA·∇ log π, or 0 outside the interval on the side where A pushes further out.
 * @param logp per row, as long as its tokens, at the weights of this step; read with a clip or a penalty only
 * @param references per row [response tokens]; read with a penalty only
 */
export function policyCoefficients(
  rows: readonly PolicyRow[],
  { prompts, clip, kl }: PolicyLoss,
  logp: readonly Float32Array[],
  references: readonly Float32Array[],
): PolicyCoefficients {
  const { low = 0.2 } = clip ?? {};
  const high = clip?.high ?? low;
  let [tokens, clipped, divergence] = [0, 0, 0];
  const coefficients = rows.map((row, r) => {
    const { promptLength, advantage } = row;
    const own = new Float32Array(row.tokens.length);
    const end = advantage === 0 ? promptLength : own.length;
    for (let t = promptLength; t < end; t++) {
      tokens += 1;
      let weight = advantage;
      if (clip !== undefined) {
        const ratio = Math.exp(logp[r]![t]! - row.behaviour![t - promptLength]!);
        const outside = advantage > 0 ? ratio > 1 + high : ratio < 1 - low;
        if (outside) clipped += 1;
        weight = outside ? 0 : advantage * ratio;
      }
      own[t] = -weight / prompts;
    }
    if (kl !== undefined) divergence += addPenalty(own, row, kl, rows.length, logp[r]!, references[r]!);
    return own;
  });
  return { coefficients, tokens, clipped, divergence };
}

/** Adds the penalty's coefficients of one row and returns Σ_t exp(d) − d − 1. */
function addPenalty(
  coefficients: Float32Array,
  { promptLength }: PolicyRow,
  { coefficient, estimator = "k3" }: Pick<KlOptions, "coefficient" | "estimator">,
  rows: number,
  logp: Float32Array,
  reference: Float32Array,
): number {
  let divergence = 0;
  let ahead = 0;
  for (let t = coefficients.length - 1; t >= promptLength; t--) {
    const d = reference[t - promptLength]! - logp[t]!;
    ahead -= d;
    divergence += Math.expm1(d) - d;
    // d/dlog π of exp(d) − d − 1 is 1 − exp(d).
    const slope = estimator === "k3" ? -Math.expm1(d) : ahead;
    coefficients[t] = coefficients[t]! + (coefficient / rows) * slope;
  }
  return divergence;
}
