import { Ledger } from "@touchstone/core";
import { chosenProblems } from "@touchstone/evaluation";
import { EVALUATION_SEED, type PolicyEvaluation } from "./evaluate-policy.ts";
import { rankModels, type RankedModel } from "./rank-models.ts";
import { goldOf, trainingModels } from "./scene.ts";

/** What ranking the reward models found and cost. */
export interface Ranking {
  readonly ranking: readonly RankedModel[];
  readonly spend: Ledger["total"];
}

/** What validation problems say of the reward models, from responses of the policy as it was; with what finding out cost. */
export async function rankOnValidation({ scene, experiment, signal }: PolicyEvaluation): Promise<Ranking> {
  const ledger = new Ledger();
  const problems = chosenProblems(scene.dataset, "validation", experiment.validation.problems);
  const models = trainingModels(scene, experiment, { seed: EVALUATION_SEED, signal });
  await scene.policy.replaceWeights(scene.weights);
  const responses = await models.draw(problems, { count: experiment.training.responses, step: 0, ledger });
  const scores: (readonly Float64Array[])[] = [];
  for (const name of models.rewardModels) scores.push(await models.reward(name, problems, responses, ledger));
  const grades = responses.map((own, i) =>
    Float64Array.from(own, ({ text }) => goldOf(scene.dataset, problems[i]!, text)),
  );
  return { ranking: rankModels({ rewardModels: models.rewardModels, scores, grades }), spend: ledger.total };
}
