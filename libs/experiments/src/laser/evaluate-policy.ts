import { chosenProblems } from "@touchstone/evaluation";
import { mean } from "@touchstone/stats";
import { draw } from "../post-training/scene.ts";
import type { LaserExperiment } from "./experiment.ts";
import type { EvaluationRecord } from "./run-files.ts";
import { decodingAt, goldOf, type LaserScene } from "./scene.ts";
import { stopping } from "../stopping.ts";

/** Of the draws that judge a policy: the same random numbers for all of them. */
export const EVALUATION_SEED = 2_000_000;

/** Problems that are drawn in one call of the engine: bounds what is held in memory. */
export const PROBLEMS_A_CALL = 50;

export interface PolicyEvaluation {
  readonly scene: LaserScene;
  readonly experiment: LaserExperiment;
  readonly signal?: AbortSignal | undefined;
}

/** Mean gold and length of single responses of the policy in use, on the problems that are reported or on validation. */
export async function evaluatePolicy(
  { scene, experiment, signal }: PolicyEvaluation,
  on: "reported" | "validation",
  iteration: number,
): Promise<readonly EvaluationRecord[]> {
  const { evaluation, validation, training } = experiment;
  const reported = on === "reported";
  const split = reported ? evaluation.split : "validation";
  const { problems: limit, samples: count } = reported ? evaluation : validation;
  const problems = chosenProblems(scene.dataset, split, limit);
  const golds: number[] = [];
  const lengths: number[] = [];
  for (const chunk of chunks(problems)) {
    const decoding = decodingAt(evaluation.temperature, training);
    const drawn = await draw(scene.policy, chunk, { count, seed: EVALUATION_SEED, decoding, ...stopping(signal) });
    for (const [i, { samples }] of drawn.entries()) {
      golds.push(mean(samples.map(({ text }) => goldOf(scene.dataset, chunk[i]!, text))));
      lengths.push(mean(samples.map(({ tokens }) => tokens.length)));
    }
  }
  const common = { iteration, problems: problems.length, samples: count };
  return [
    { ...common, metric: "gold", estimate: mean(golds) },
    { ...common, metric: "response_tokens", estimate: mean(lengths) },
  ];
}

export function chunks<P>(problems: readonly P[]): readonly (readonly P[])[] {
  return Array.from({ length: Math.ceil(problems.length / PROBLEMS_A_CALL) }, (_, i) =>
    problems.slice(i * PROBLEMS_A_CALL, (i + 1) * PROBLEMS_A_CALL),
  );
}
