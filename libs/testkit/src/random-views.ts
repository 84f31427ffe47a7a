import { stream, type DrawnView } from "@touchstone/core";
import { drawnView } from "./drawn-view.ts";

/**
 * What is odd about a random view. `clean`: all answers parsable, all rewards valid and different; `mixed`: some of each
 * oddity; `ties`: few different rewards and statistics; `equal`: one reward and one value of every statistic; `failed`: every
 * reward is NaN; `unparsable`: no answer; `unmeasured`: statistics that were not recorded (NaN), of some samples or of all; `infinite`:
 * some rewards are infinite. The first view of every kind holds one sample.
 */
export type ViewKind = "clean" | "mixed" | "ties" | "equal" | "failed" | "unparsable" | "unmeasured" | "infinite";
export const VIEW_KINDS: readonly ViewKind[] = [
  "clean",
  "mixed",
  "ties",
  "equal",
  "failed",
  "unparsable",
  "unmeasured",
  "infinite",
];

export interface RandomViewOptions {
  readonly seed: number;
  readonly index: number;
  readonly kind: ViewKind;
  /** How many reward models, `reward` or `reward-1`, `reward-2`, …. */
  readonly rewardModels: number;
  readonly largest: number;
  readonly rewardRange: readonly [number, number];
}

/** A keyed random view with 1 … `largest` samples. */
export function randomView({ seed, index, kind, rewardModels, largest, rewardRange }: RandomViewOptions): DrawnView {
  const random = stream(seed, "view", kind, index);
  const size = index === 0 ? 1 : 1 + random.integer(largest);
  const fill = (value: () => number) => Array.from({ length: size }, value);
  const [low, high] = rewardRange;
  const odd = kind === "mixed" || kind === "ties" || kind === "failed" || kind === "unparsable";

  // Class numbers carry no order: four classes take four scattered labels.
  const labels = random.child("labels").permutation(12);
  const answers = fill(() => {
    if (kind === "unparsable" || (odd && random.uniform() < 0.25)) return -1;
    return labels[random.integer(4)]!;
  });
  const rewards = Object.fromEntries(
    Array.from({ length: rewardModels }, (_, model) => {
      const constant = random.uniform();
      const values = fill(() => {
        if (kind === "failed" || (odd && random.uniform() < 0.25)) return Number.NaN;
        if (kind === "infinite" && random.uniform() < 0.3) return random.uniform() < 0.5 ? -Infinity : Infinity;
        const position = kind === "equal" ? constant : kind === "ties" ? random.integer(3) / 2 : random.uniform();
        return low + position * (high - low);
      });
      return [rewardModels === 1 ? "reward" : `reward-${model + 1}`, values];
    }),
  );

  const missing = kind === "unmeasured" ? (random.uniform() < 0.5 ? 1 : 0.4) : 0;
  const measured = (least: number, most: number) => {
    const constant = random.uniform();
    return fill(() => {
      if (random.uniform() < missing) return Number.NaN;
      const position = kind === "equal" ? constant : kind === "ties" ? random.integer(2) : random.uniform();
      return least + position * (most - least);
    });
  };
  const logProbability = measured(-20, -0.5);
  const entropy = measured(0, 2);
  const selfCertainty = measured(0, 5);
  const gini = measured(0.05, 1);
  const topConfidence = measured(0, 4);
  const length = 1 + random.integer(24);
  const tokens = fill(() => (kind === "equal" ? length : 1 + random.integer(24)));
  return drawnView({
    problem: {
      id: `view-${index}`,
      messages: [{ role: "user", content: `question ${index}` }],
      cluster: "views",
      split: "test",
    },
    answers,
    rewards,
    rewardScale: 0.5 + random.uniform(),
    logProbability,
    entropy,
    selfCertainty,
    gini,
    afterLast: measured(0, 5),
    statistics: (i) => {
      const around = (mean: number, slope: number) => ramp(mean, slope, tokens[i]!);
      return {
        logProbability: around(logProbability[i]! / tokens[i]!, 0.5),
        decodingLogProbability: around(logProbability[i]! / tokens[i]!, -0.5),
        entropy: around(entropy[i]!, 0.9),
        selfCertainty: around(selfCertainty[i]!, -0.9),
        gini: around(gini[i]!, 0.1),
        topConfidence: around(topConfidence[i]!, 0.9 - 0.3 * (i % 7)),
      };
    },
    tokens,
    truncated: fill(() => Number(random.uniform() < 0.1)),
    text: Array.from({ length: size }, () => fill(() => random.integer(9)).join(" ")),
  });
}

/** `length` numbers on a line with the given mean: a response's statistics agree with those of its tokens. */
function ramp(mean: number, slope: number, length: number): Float64Array {
  return Float64Array.from({ length }, (_, t) => mean * (1 + (slope * (2 * t + 1 - length)) / length));
}
