import { stream, type AdvantageEstimator } from "@touchstone/core";

export interface AdvantageContractOptions {
  /** Options as a user would give them, without n; `{}`, the defaults, where left out. */
  readonly options?: object;
  /** The deployed n; default 64. */
  readonly n?: number;
  /** Group sizes that the estimator is tried on; default 16, 21 and 32. */
  readonly sizes?: readonly number[];
  readonly seed?: number;
  /** Largest difference between two computations of one advantage, relative to the largest; default 1e-9. */
  readonly tolerance?: number;
}

/** An estimator on trial, with everything a law needs to make its cases. */
export interface AdvantageTrial extends Required<Omit<AdvantageContractOptions, "options" | "n">> {
  readonly estimator: AdvantageEstimator;
  /** Parsed, with n. */
  readonly options: { readonly n: number };
}

/** Parses the options and fills in the defaults of the trial. Throws where they do not parse. */
export function advantageTrial(
  estimator: AdvantageEstimator,
  { options = {}, n = 64, sizes = [16, 21, 32], seed = 1, tolerance = 1e-9 }: AdvantageContractOptions = {},
): AdvantageTrial {
  return {
    estimator,
    options: { ...(estimator.parameters.parse(options) as object), n },
    sizes,
    seed,
    tolerance,
  };
}

export interface TrialGroup {
  /** For messages. */
  readonly name: string;
  readonly rewards: Float64Array;
}

/** Random groups of every size: normal, exponential, bounded, with ties, passed or failed, far from 0, tiny. */
export function* trialGroups({ sizes, seed }: AdvantageTrial, count = 6): Generator<TrialGroup> {
  for (const size of sizes) {
    for (const [kind, draw] of Object.entries(LAWS)) {
      for (let index = 0; index < count; index++) {
        const random = stream(seed, kind, size, index);
        const rewards = Float64Array.from({ length: size }, () => draw(random));
        yield { name: `${kind} group ${index} of ${size}`, rewards };
      }
    }
  }
}

type Random = ReturnType<typeof stream>;

const LAWS: Record<string, (random: Random) => number> = {
  normal: (random) => random.normal(),
  exponential: (random) => -Math.log(1 - random.uniform()),
  bounded: (random) => random.uniform(),
  tied: (random) => random.integer(5) - 2,
  binary: (random) => random.integer(2),
  "far from 0": (random) => 1e4 + random.normal(),
  tiny: (random) => 1e-3 * random.normal(),
};
