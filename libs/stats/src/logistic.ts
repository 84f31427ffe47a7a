/** Rows of a logistic regression with probabilities as targets. */
export interface LogisticRows {
  /** Features of each row, all of one length. */
  readonly features: readonly (readonly number[])[];
  /** Targets in [0, 1]. */
  readonly targets: readonly number[];
  /** ≥ 0; how much each row counts. */
  readonly weights: readonly number[];
}

/**
 * Coefficients w that minimise Σ_j |w_j| + C · Σ_i weight_i · H(target_i, σ(w · x_i)), H the cross-entropy in nats: L1-regularised
 * logistic regression in liblinear's form (Fan et al. 2008, eq. L1R_LR), without intercept, with targets that may be probabilities.
 * By proximal Newton steps with backtracking, until no coefficient moves by more than 1e-10.
 */
export function fitLogistic({ features, targets, weights }: LogisticRows, C: number): number[] {
  const width = features[0]?.length ?? 0;
  let w = Array.from({ length: width }, () => 0);
  let value = objective(w);
  for (let step = 0; step < MOST_STEPS; step++) {
    const { gradient, hessian } = curvature(w);
    const goal = proximalPoint(w, gradient, hessian);
    const direction = goal.map((g, j) => g - w[j]!);
    let length = 1;
    let next = goal;
    let nextValue = objective(next);
    // A Newton step may overshoot where the curvature falls along it.
    while (nextValue > value && length > 1e-12) {
      length /= 2;
      next = w.map((x, j) => x + length * direction[j]!);
      nextValue = objective(next);
    }
    const moved = Math.max(0, ...next.map((x, j) => Math.abs(x - w[j]!)));
    [w, value] = nextValue <= value ? [next, nextValue] : [w, value];
    if (moved < 1e-10 || nextValue > value) break;
  }
  return w;

  function objective(at: readonly number[]): number {
    let loss = 0;
    for (const [i, x] of features.entries()) loss += weights[i]! * crossEntropy(targets[i]!, dot(at, x));
    return C * loss + at.reduce((sum, x) => sum + Math.abs(x), 0);
  }

  function curvature(at: readonly number[]) {
    const gradient = Array.from({ length: width }, () => 0);
    const hessian = Array.from({ length: width }, () => Array.from({ length: width }, () => 0));
    for (const [i, x] of features.entries()) {
      const p = logistic(dot(at, x));
      const scale = C * weights[i]!;
      for (let j = 0; j < width; j++) {
        gradient[j]! += scale * (p - targets[i]!) * x[j]!;
        for (let k = 0; k < width; k++) hessian[j]![k]! += scale * p * (1 - p) * x[j]! * x[k]!;
      }
    }
    return { gradient, hessian };
  }
}

const MOST_STEPS = 200;

/** Mean of weight · cross-entropy over rows: what a choice of C is judged by. */
export function meanLoss({ features, targets, weights }: LogisticRows, w: readonly number[]): number {
  let sum = 0;
  for (const [i, x] of features.entries()) sum += weights[i]! * crossEntropy(targets[i]!, dot(w, x));
  return sum / features.length;
}

/** The minimum of the quadratic model around w plus Σ|·|, by coordinate descent: exact to rounding for a handful of coefficients. */
function proximalPoint(w: readonly number[], gradient: readonly number[], hessian: readonly (readonly number[])[]) {
  const v = [...w];
  for (let sweep = 0; sweep < 1000; sweep++) {
    let moved = 0;
    for (let j = 0; j < v.length; j++) {
      // A feature that is 0 everywhere has no curvature, and its coefficient stays 0.
      const curve = hessian[j]![j]! + 1e-12;
      const slope = gradient[j]! + hessian[j]!.reduce((sum, h, k) => sum + h * (v[k]! - w[k]!), 0);
      const free = v[j]! - slope / curve;
      const next = Math.sign(free) * Math.max(0, Math.abs(free) - 1 / curve);
      moved = Math.max(moved, Math.abs(next - v[j]!));
      v[j] = next;
    }
    if (moved < 1e-13) break;
  }
  return v;
}

/** 1/(1 + e^(−z)). */
export function logistic(z: number): number {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
}

/** −y ln σ(z) − (1 − y) ln(1 − σ(z)) = ln(1 + e^z) − y z. */
function crossEntropy(y: number, z: number): number {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - y * z;
}

export function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (const [j, x] of a.entries()) sum += x * b[j]!;
  return sum;
}
