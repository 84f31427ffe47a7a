import { massOnHighest, mean, median, standardDeviation } from "@touchstone/stats";

/** The same responses to validation prompts as every reward model scores them, and their grades. */
export interface JudgedResponses {
  readonly rewardModels: readonly string[];
  /** [reward model][prompt][response]; NaN where the reward model failed. */
  readonly scores: readonly (readonly Float64Array[])[];
  /** [prompt][response] */
  readonly grades: readonly Float64Array[];
}

/** What validation problems say of a reward model. */
export interface RankedModel {
  readonly name: string;
  /** Mean grade of the response it scores highest, ties sharing alike, over prompts where it scored any. */
  readonly gold: number;
  /** Median over prompts of the standard deviation of its scores within the prompt: the unit of noise. */
  readonly deviation: number;
}

/** Reward models by the grade of what they select, the best first; equals keep their order. */
export function rankModels({ rewardModels, scores, grades }: JudgedResponses): readonly RankedModel[] {
  return rewardModels
    .map((name, model) => {
      const own = scores[model]!;
      const selected = own.flatMap((values, prompt) => {
        const mass = massOnHighest(values);
        return mass ? [mass.weights.reduce((sum, weight, i) => sum + weight * grades[prompt]![i]!, 0)] : [];
      });
      const deviations = own.map((values) => standardDeviation(values.filter((value) => !Number.isNaN(value))));
      return { name, gold: mean(selected), deviation: median(deviations.filter((value) => !Number.isNaN(value))) };
    })
    .toSorted((a, b) => b.gold - a.gold);
}
