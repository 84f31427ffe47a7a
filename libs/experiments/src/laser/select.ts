import { Ledger, type Problem, type ProblemView } from "@touchstone/core";
import { chosenProblems } from "@touchstone/evaluation";
import { rankAgreement, standardisedMean } from "@touchstone/method-laser";
import { massOnHighest, mean } from "@touchstone/stats";
import { chunks, EVALUATION_SEED, type PolicyEvaluation } from "./evaluate-policy.ts";
import type { Response, TrainingModels } from "./models.ts";
import type { PromptScores } from "./preferences-of.ts";
import type { Rule } from "./rules.ts";
import type { EvaluationRecord } from "./run-files.ts";
import { goldOf, trainingModels } from "./scene.ts";
import type { Teacher } from "./teacher.ts";

/** Gold of best-of-n by the rule that trained the policy in use, whose scores carry no noise now; nothing where none is asked for. */
export async function bestOfByRule(
  { scene, experiment, signal }: PolicyEvaluation,
  { rule, teacher, iteration }: { readonly rule: Rule; readonly teacher: Teacher; readonly iteration: number },
): Promise<readonly EvaluationRecord[]> {
  const { evaluation, training } = experiment;
  const { bestOf } = evaluation;
  if (bestOf === undefined) return [];
  const problems = chosenProblems(scene.dataset, evaluation.split, bestOf.problems);
  const drawing = { training: { ...training, temperature: evaluation.temperature } };
  const models = trainingModels(scene, drawing, { seed: EVALUATION_SEED, signal });
  const golds: number[] = [];
  for (const chunk of chunks(problems)) {
    const ledger = new Ledger();
    const responses = await models.draw(chunk, { count: bestOf.samples, step: 0, ledger });
    const asked = await teacher.trusted(chunk);
    const scores = await scoresBy(models, asked, chunk, responses);
    golds.push(...scores.map((own, i) => goldOfBest(rule, own, chunk[i]!, responses[i]!, scene.dataset)));
  }
  const { samples } = bestOf;
  return [{ iteration, metric: `best_of_${samples}`, estimate: mean(golds), problems: problems.length, samples }];
}

/** By prompt, then reward model that the prompt asks: one call a reward model, and only its own prompts in it. */
async function scoresBy(
  models: TrainingModels,
  asked: readonly (readonly string[])[],
  problems: readonly ProblemView[],
  responses: readonly (readonly Response[])[],
): Promise<readonly PromptScores[]> {
  const found = problems.map((): Float64Array[] => []);
  for (const name of models.rewardModels) {
    const mine = [...problems.keys()].filter((i) => asked[i]!.includes(name));
    if (mine.length === 0) continue;
    const [own, drawn] = [mine.map((i) => problems[i]!), mine.map((i) => responses[i]!)];
    const scores = await models.reward(name, own, drawn, new Ledger());
    for (const [k, i] of mine.entries()) found[i]!.push(scores[k]!);
  }
  return found;
}

/** Gold of the response of the highest score, ties sharing alike; NaN where no score is valid. */
function goldOfBest(
  rule: Rule,
  scores: PromptScores,
  problem: Problem,
  responses: readonly Response[],
  dataset: PolicyEvaluation["scene"]["dataset"],
): number {
  // Mean rank counts how many pairs a response wins, summed over reward models: what the agreement ensemble trains by.
  const combined =
    rule === "agreement-ensemble"
      ? rankAgreement(scores)
      : rule === "score-ensemble"
        ? standardisedMean(scores)
        : scores[0]!;
  const mass = massOnHighest(combined);
  if (!mass) return Number.NaN;
  return mass.weights.reduce(
    (sum, weight, i) => (weight > 0 ? sum + weight * goldOf(dataset, problem, responses[i]!.text) : sum),
    0,
  );
}
