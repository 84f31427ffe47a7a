import type { LikelihoodGradient, TokenRow } from "../src/likelihood-gradient.ts";
import type { Layout } from "../src/parameters.ts";

/** Tokens of a row of {@link TabularPolicy}: a prompt of one token that says nothing, then the action. */
export const actionRow = (action: number): { tokens: Int32Array; promptLength: number } => ({
  tokens: Int32Array.of(0, action),
  promptLength: 1,
});

export const tabularLayout = (actions: number): Layout => ({
  slots: [{ name: "logits", shape: [actions], offset: 0, size: actions }],
  size: actions,
});

/** A softmax over actions, its logits being the parameters: the policy whose gradients and values are known in closed form. */
export class TabularPolicy implements LikelihoodGradient {
  readonly parameters: Float32Array;
  /** Rows that entered a gradient so far. */
  gradientRows = 0;

  constructor(actions: number) {
    this.parameters = new Float32Array(actions);
  }

  logProbabilities(rows: readonly TokenRow[]): Promise<readonly Float32Array[]> {
    const p = softmax(this.parameters);
    return Promise.resolve(rows.map(({ tokens }) => Float32Array.of(0, Math.log(p[tokens[1]!]!))));
  }

  gradient(
    rows: readonly TokenRow[],
    coefficients: readonly Float32Array[],
    into: Float32Array,
  ): Promise<readonly Float32Array[]> {
    const p = softmax(this.parameters);
    into.fill(0);
    this.gradientRows += rows.length;
    for (const [r, { tokens }] of rows.entries()) {
      const c = coefficients[r]![1]!;
      for (let k = 0; k < p.length; k++) into[k] = into[k]! + c * ((k === tokens[1] ? 1 : 0) - p[k]!);
    }
    return this.logProbabilities(rows);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

export function softmax(logits: ArrayLike<number>): Float64Array {
  const powers = Float64Array.from(logits, (value) => Math.exp(value));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}

/** E max of n draws of an action whose reward is its number: Σ_k r_k (F_k^n − F_{k−1}^n). */
export function expectedMaximum(p: Float64Array, n: number): number {
  let [below, value] = [0, 0];
  for (const [k, probability] of p.entries()) {
    const up = below + probability;
    value += k * (up ** n - below ** n);
    below = up;
  }
  return value;
}
