/** What one arm has learned: (I + Σ x xᵀ)⁻¹ and Σ r·x. */
interface Arm {
  readonly inverse: Float64Array;
  readonly sum: Float64Array;
}

/**
 * LinUCB with disjoint arms (Li et al. 2010): arm k's reward is taken to be linear in the context, θ̂_k = A_k⁻¹ b_k with
 * A_k = I + Σ x xᵀ and b_k = Σ r·x over the rounds it was played. The inverses are kept by Sherman and Morrison's formula, O(d²) a
 * round.
 */
export class LinUcb {
  readonly #arms: readonly Arm[];
  readonly #size: number;

  /** `dimension` of the contexts, ≥ 1. */
  constructor(arms: number, dimension: number) {
    this.#size = dimension;
    this.#arms = Array.from({ length: arms }, () => ({
      inverse: identity(dimension),
      sum: new Float64Array(dimension),
    }));
  }

  /** For every arm xᵀθ̂ + α·√(xᵀA⁻¹x): its estimated reward and, times α, how uncertain that is. */
  scores(context: Float64Array, alpha: number): Float64Array {
    return Float64Array.from(this.#arms, ({ inverse, sum }) => {
      const direction = times(inverse, context);
      // xᵀ A⁻¹ b, the inverse being symmetric.
      return dot(direction, sum) + alpha * Math.sqrt(Math.max(0, dot(direction, context)));
    });
  }

  /** Learns the reward of an arm that was played in a context. */
  learn(arm: number, context: Float64Array, reward: number): void {
    const { inverse, sum } = this.#arms[arm]!;
    const direction = times(inverse, context);
    const scale = 1 / (1 + dot(direction, context));
    for (let i = 0; i < this.#size; i++) {
      for (let j = 0; j < this.#size; j++) inverse[i * this.#size + j]! -= scale * direction[i]! * direction[j]!;
      sum[i]! += reward * context[i]!;
    }
  }

  /** A copy that learns apart. */
  copy(): LinUcb {
    const other = new LinUcb(this.#arms.length, this.#size);
    for (const [i, { inverse, sum }] of this.#arms.entries()) {
      other.#arms[i]!.inverse.set(inverse);
      other.#arms[i]!.sum.set(sum);
    }
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
