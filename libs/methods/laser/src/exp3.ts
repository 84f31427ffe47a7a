/**
 * Exp3 (Auer, Cesa-Bianchi, Freund and Schapire 2002): weights w_k, arms drawn with p_k = (1 − γ)·w_k/Σw + γ/K; the played arm's
 * weight grows by exp(γ·x/(p·K)) for a reward x in [0, 1]. It knows no context. Weights are kept as logarithms.
 */
export class Exp3 {
  readonly #gamma: number;
  readonly #logWeights: Float64Array;

  /** `gamma` in (0, 1]. */
  constructor(arms: number, gamma: number) {
    this.#gamma = gamma;
    this.#logWeights = new Float64Array(arms);
  }

  /** The law that arms are drawn from while learning; without the share γ of pure exploration where learning is over. */
  law({ learning }: { readonly learning: boolean }): Float64Array {
    const highest = Math.max(...this.#logWeights);
    const weights = this.#logWeights.map((value) => Math.exp(value - highest));
    const total = weights.reduce((a, b) => a + b, 0);
    const share = learning ? this.#gamma / weights.length : 0;
    return weights.map((weight) => (learning ? 1 - this.#gamma : 1) * (weight / total) + share);
  }

  /** Learns the reward, in [0, 1], of an arm that was drawn from `law({ learning: true })`. */
  learn(arm: number, reward: number): void {
    const probability = this.law({ learning: true })[arm]!;
    this.#logWeights[arm]! += (this.#gamma * reward) / (probability * this.#logWeights.length);
  }

  /** A copy that learns apart. */
  copy(): Exp3 {
    const other = new Exp3(this.#logWeights.length, this.#gamma);
    other.#logWeights.set(this.#logWeights);
    return other;
  }
}

/** The γ that Auer et al. (corollary 3.2) give for `rounds` rounds: min(1, √(K ln K/((e − 1)·rounds))). */
export function horizonGamma(arms: number, rounds: number): number {
  return rounds > 0 && arms > 1 ? Math.min(1, Math.sqrt((arms * Math.log(arms)) / ((Math.E - 1) * rounds))) : 1;
}
