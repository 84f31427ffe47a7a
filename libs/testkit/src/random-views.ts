import { stream, type DrawnView } from "@touchstone/core";
import { drawnView } from "./drawn-view.ts";

/**
 * What is odd about a random view. `clean`: all answers parsable, all rewards valid and different; `mixed`: some of each
 * oddity; `ties`: few different rewards and log-probabilities; `failed`: every reward is NaN; `unparsable`: no answer.
 */
export type ViewKind = "clean" | "mixed" | "ties" | "failed" | "unparsable";
export const VIEW_KINDS: readonly ViewKind[] = ["clean", "mixed", "ties", "failed", "unparsable"];

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
  const size = 1 + random.integer(largest);
  const fill = (value: () => number) => Array.from({ length: size }, value);
  const [low, high] = rewardRange;

  // Class numbers carry no order: four classes take four scattered labels.
  const labels = random.child("labels").permutation(12);
  const answers = fill(() => {
    if (kind === "unparsable" || (kind !== "clean" && random.uniform() < 0.25)) return -1;
    return labels[random.integer(4)]!;
  });
  const rewards = Object.fromEntries(
    Array.from({ length: rewardModels }, (_, model) => [
      rewardModels === 1 ? "reward" : `reward-${model + 1}`,
      fill(() => {
        if (kind === "failed" || (kind !== "clean" && random.uniform() < 0.25)) return Number.NaN;
        const position = kind === "ties" ? random.integer(3) / 2 : random.uniform();
        return low + position * (high - low);
      }),
    ]),
  );
  const logProbability = fill(() => (kind === "ties" ? -1 - random.integer(2) : -20 * random.uniform()));
  return drawnView({
    problem: {
      id: `view-${index}`,
      messages: [{ role: "user", content: `question ${index}` }],
      cluster: "views",
      split: "test",
    },
    answers,
    rewards,
    logProbability,
    entropy: fill(() => 2 * random.uniform()),
    selfCertainty: fill(() => 5 * random.uniform()),
    tokens: fill(() => 1 + random.integer(60)),
    truncated: fill(() => Number(random.uniform() < 0.1)),
    text: Array.from({ length: size }, () => fill(() => random.integer(9)).join(" ")),
  });
}
