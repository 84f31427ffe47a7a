import { stream, type Stream } from "@touchstone/core";
import { standardisedMean } from "@touchstone/method-laser";
import { agreedPairs, preferencePairs, type PreferencePair } from "./pairs.ts";
import type { Rule } from "./rules.ts";

export interface PreferenceChoice {
  readonly rule: Rule;
  /** Pairs per prompt. */
  readonly pairs: number;
  readonly seed: number;
  readonly step: number;
}

/** Scores of one prompt's responses: by reward model that was asked, then response. */
export type PromptScores = readonly Float64Array[];

/**
 * The pairs of one prompt: by the scores of the one reward model that was asked, or by what all of them say. Which pairs are
 * looked at first depends on seed, step and problem, not on the rule.
 */
export function preferencesOf(
  scores: PromptScores,
  problem: string,
  { rule, pairs, seed, step }: PreferenceChoice,
): readonly PreferencePair[] {
  const random = stream(seed, "laser", "pairs", problem, step);
  if (rule === "agreement-ensemble") return agreedPairs(scores, pairs, random);
  return preferencePairs(rule === "score-ensemble" ? standardisedMean(scores) : scores[0]!, pairs, random);
}

/** Scores with independent normal noise added, `deviation` in the scores' own unit. 0 leaves them as they are. */
export function withNoise(scores: Float64Array, deviation: number, random: Stream): Float64Array {
  return deviation === 0 ? scores : scores.map((score) => score + deviation * random.normal());
}
