/** What one arm has learned: (I + Σ x xᵀ)⁻¹, Σ r·x and Σ x. */
interface Arm {
  readonly inverse: Float64Array;
  readonly rewarded: Float64Array;
  readonly played: Float64Array;
}

/**
 * LinUCB with disjoint arms (Li et al. 2010): arm k's reward is taken to be linear in the context, m + xᵀθ̂_k with θ̂_k = A_k⁻¹ b_k,
 * A_k = I + Σ x xᵀ and b_k = Σ (r − m)·x over the rounds it was played. The inverses are kept by Sherman and Morrison's formula,
 * O(d²) a round.
 *
 * With the prior `zero`, m = 0: the original. An arm that was never played then looks worthless, and where rewards lie around .8 the
 * first arm that is played is never left for a bonus of .1. With `mean`, m is the mean of all rewards so far: an unknown arm is
 * taken to be an average one (ours).
 */
export class LinUcb {
  readonly #arms: readonly Arm[];
  readonly #size: number;
  readonly #prior: "mean" | "zero";
  #total = 0;
  #rounds = 0;

  /** `dimension` of the contexts, ≥ 1. */
  constructor(arms: number, dimension: number, prior: "mean" | "zero") {
    this.#size = dimension;
    this.#prior = prior;
    this.#arms = Array.from({ length: arms }, () => ({
      inverse: identity(dimension),
      rewarded: new Float64Array(dimension),
      played: new Float64Array(dimension),
    }));
  }

  /** For every arm m + xᵀθ̂ + α·√(xᵀA⁻¹x): its estimated reward and, times α, how uncertain that is. */
  scores(context: Float64Array, alpha: number): Float64Array {
    const mean = this.#prior === "mean" && this.#rounds > 0 ? this.#total / this.#rounds : 0;
    return Float64Array.from(this.#arms, ({ inverse, rewarded, played }) => {
      const direction = times(inverse, context);
      // xᵀ A⁻¹ b, the inverse being symmetric.
      const estimate = mean + dot(direction, rewarded) - mean * dot(direction, played);
      return estimate + alpha * Math.sqrt(Math.max(0, dot(direction, context)));
    });
  }

  /** Learns the reward of an arm that was played in a context. */
  learn(arm: number, context: Float64Array, reward: number): void {
    const { inverse, rewarded, played } = this.#arms[arm]!;
    const direction = times(inverse, context);
    const scale = 1 / (1 + dot(direction, context));
    for (let i = 0; i < this.#size; i++) {
      for (let j = 0; j < this.#size; j++) inverse[i * this.#size + j]! -= scale * direction[i]! * direction[j]!;
      rewarded[i]! += reward * context[i]!;
      played[i]! += context[i]!;
    }
    this.#total += reward;
    this.#rounds++;
  }

  /** A copy that learns apart. */
  copy(): LinUcb {
    const other = new LinUcb(this.#arms.length, this.#size, this.#prior);
    for (const [i, { inverse, rewarded, played }] of this.#arms.entries()) {
      other.#arms[i]!.inverse.set(inverse);
      other.#arms[i]!.rewarded.set(rewarded);
      other.#arms[i]!.played.set(played);
    }
    other.#total = this.#total;
    other.#rounds = this.#rounds;
    return other;
  }
}

function identity(size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) matrix[i * size + i] = 1;
  return matrix;
}

function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  return vector.map((_, i) => dot(matrix.subarray(i * size, (i + 1) * size), vector));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
