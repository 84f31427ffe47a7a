import type { PreferencePair, PreferenceRow } from "./preferences.ts";
import { sumOf } from "./response-rows.ts";

export interface PreferenceLoss {
  readonly beta: number;
  readonly alpha: number;
}

/** ∂loss/∂log p of a batch (of each pair the chosen row, then the rejected), and the weighted means over its pairs. */
export interface PreferenceCoefficients {
  readonly coefficients: readonly Float32Array[];
  readonly loss: number;
  readonly preferenceLoss: number;
  readonly nll: number;
  readonly margin: number;
  readonly accuracy: number;
}

/**
 * With margin M = (log π(y⁺) − log π_ref(y⁺)) − (log π(y⁻) − log π_ref(y⁻)), the loss −log σ(βM) − α·log π(y⁺)/|y⁺| has
 * ∂/∂log π(y⁺) = −β·σ(−βM) − α/|y⁺| and ∂/∂log π(y⁻) = β·σ(−βM).
 * @param logp two rows for every pair, chosen and rejected, each as long as its tokens
 * @param references two numbers for every pair: log π_ref(y⁺), log π_ref(y⁻)
 */
export function preferenceCoefficients(
  pairs: readonly PreferencePair[],
  logp: readonly Float32Array[],
  references: readonly number[],
  { beta, alpha }: PreferenceLoss,
): PreferenceCoefficients {
  const total = sumOf(pairs, ({ weight = 1 }) => weight);
  const terms = pairs.map(({ chosen, rejected, weight = 1 }, i) => {
    const [plus, minus] = [ofResponse(chosen, logp[2 * i]!), ofResponse(rejected, logp[2 * i + 1]!)];
    const margin = plus - references[2 * i]! - (minus - references[2 * i + 1]!);
    const length = chosen.tokens.length - chosen.promptLength;
    return { share: weight / total, margin, length, nll: -plus / length, preferenceLoss: softplus(-beta * margin) };
  });
  const mean = (value: (term: (typeof terms)[number]) => number): number =>
    sumOf(terms, (term) => term.share * value(term));
  return {
    coefficients: pairs.flatMap(({ chosen, rejected }, i) => {
      const { share, margin, length } = terms[i]!;
      const pull = share * beta * sigmoid(-beta * margin);
      return [onResponse(chosen, -pull - (share * alpha) / length), onResponse(rejected, pull)];
    }),
    loss: mean(({ preferenceLoss, nll }) => preferenceLoss + alpha * nll),
    preferenceLoss: mean((term) => term.preferenceLoss),
    nll: mean((term) => term.nll),
    margin: mean((term) => term.margin),
    accuracy: mean((term) => (term.margin > 0 ? 1 : 0)),
  };
}

function ofResponse({ promptLength }: PreferenceRow, logp: Float32Array): number {
  return sumOf([...logp.subarray(promptLength)], (value) => value);
}

function onResponse({ tokens, promptLength }: PreferenceRow, value: number): Float32Array {
  return new Float32Array(tokens.length).fill(value, promptLength);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** log(1 + exp(x)), for any x. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
