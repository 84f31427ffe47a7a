import { join } from "node:path";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import { loadDataset } from "@touchstone/tasks";
import { readTraining, writeCard, type Card } from "../card.ts";
import { POLICY_BARS, REWARD_BARS } from "./bars.ts";
import { Progress } from "../progress.ts";
import { onePerTemplate, spaced } from "../sampling.ts";
import { scoreResponses } from "../score.ts";
import { drawResponses, type GradedProblem } from "./draw.ts";
import { shiftFigures, testFigures } from "./policy-figures.ts";
import { publishedProblems } from "./problems.ts";
import { REWARD_MODELS } from "./recipes.ts";
import { curveFigures, pairwiseFigure, pairwiseText } from "./reward-figures.ts";
import type { Places } from "./train.ts";

/** Samples of each problem for the policy's figures and for pairwise accuracy. */
export const SAMPLES = 64;
/** Problems of the proxy-gold curve and samples of each, the largest n of the curve. */
export const CURVE_PROBLEMS = 100;
export const CURVE_SAMPLES = 1024;
export const MEASURE_SEED = 1;
const COMMAND = "npm run zoo:measure -- arith";

/** Measures every model in `models/` through the engine and writes its card. */
export async function measureArith({ root, home }: Places, signal: AbortSignal): Promise<void> {
  const progress = new Progress(join(home, "zoo.log"), "measure");
  const dataset = await loadDataset(join(root, "datasets"), "arith");
  const policyFolder = join(root, "models", "arith");
  const policy = await loadLanguageModel(policyFolder);
  const draw = (problems: readonly GradedProblem[], count: number) =>
    drawResponses(policy, problems, { count, seed: MEASURE_SEED, signal, progress });
  const shared = {
    licence: "Apache-2.0",
    dataset: { name: dataset.name, version: dataset.version },
    command: COMMAND,
    measuredWith: { runtime: policy.identity.runtime, node: process.versions.node, seed: MEASURE_SEED },
  };

  const test = await publishedProblems(root, "test");
  const drawn = await draw(test, SAMPLES);
  const shift = await publishedProblems(root, "shift");
  const figures = [...testFigures(test, drawn), ...shiftFigures(shift, await draw(shift, SAMPLES))];
  await writeCard(policyFolder, {
    name: "arith",
    kind: "language-model",
    summary: "The policy of the built-in world `arith`: word problems of one to four steps, worked solutions.",
    parameters: policy.size.total,
    revision: policy.identity.revision,
    training: await readTraining(policyFolder),
    figures,
    bars: POLICY_BARS,
    ...shared,
  });
  await progress.say("arith measured");

  const pairProblems = onePerTemplate(test);
  const pairDrawn = pairProblems.map((problem) => drawn[test.indexOf(problem)] ?? []);
  const curveProblems = spaced(pairProblems, CURVE_PROBLEMS);
  const curveDrawn = await draw(curveProblems, CURVE_SAMPLES);
  await policy.close();
  for (const plan of REWARD_MODELS) {
    const folder = join(root, "models", plan.name);
    const model = await loadRewardModel(folder);
    const pairs = await scoreResponses(model, pairProblems, pairDrawn, { signal, progress });
    const curve = await scoreResponses(model, curveProblems, curveDrawn, { signal, progress });
    await model.close();
    const card: Card = {
      name: plan.name,
      kind: "likelihood-reward-model",
      summary: plan.summary,
      ...(plan.planted !== undefined && { planted: plan.planted }),
      parameters: model.size.total,
      revision: model.identity.revision,
      training: await readTraining(folder),
      figures: [pairwiseFigure("pairwise", pairwiseText("test"), pairs), ...curveFigures(curve)],
      bars: REWARD_BARS[plan.name] ?? [],
      ...shared,
    };
    await writeCard(folder, card);
    await progress.say(`${plan.name} measured`);
  }
}
