import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import { loadDataset } from "@touchstone/tasks";
import { readTraining, writeCard } from "../card.ts";
import { figure } from "../figures.ts";
import { Progress } from "../progress.ts";
import { onePerTemplate, spaced } from "../sampling.ts";
import { scoreResponses } from "../score.ts";
import { POLICY_BARS, REWARD_BARS } from "./bars.ts";
import { drawResponses } from "./draw.ts";
import { breakdown, policyFigures, saturated } from "./policy-figures.ts";
import { publishedProblems, type ConstrainedProblem } from "./problems.ts";
import { REWARD_MODELS } from "./recipes.ts";
import {
  concordanceFigures,
  curveFigures,
  distinctFigure,
  heterogeneityFigure,
  shapeFigures,
} from "./reward-figures.ts";
import { SATURATION_SAMPLES } from "./select.ts";
import { tailPlot } from "./tail-plot.ts";
import type { Places } from "./train.ts";
import { disagreementFigures, type Judged } from "./world-figures.ts";

/** Samples of each problem for the policy's own figures. */
const SAMPLES = 16;
/** Problems with `SATURATION_SAMPLES` samples each, each of another template: for saturation and, on the first samples, for rewards. */
const WIDE_PROBLEMS = 108;
const REWARD_SAMPLES = 64;
/** Those of them on which tails and curves are measured, on all samples. */
const CURVE_PROBLEMS = 24;
const MEASURE_SEED = 1;

/** Measures every model in `models/` through the engine, writes its card, and draws the tails of the rewards. */
export async function measureInstruct({ root, home }: Places, signal: AbortSignal): Promise<void> {
  const progress = new Progress(join(home, "zoo.log"), "measure");
  const dataset = await loadDataset(join(root, "datasets"), "instruct");
  const policyFolder = join(root, "models", "instruct");
  const policy = await loadLanguageModel(policyFolder);
  const draw = (problems: readonly ConstrainedProblem[], count: number) =>
    drawResponses(policy, problems, { count, seed: MEASURE_SEED, signal, progress });
  const shared = {
    licence: "Apache-2.0",
    dataset: { name: dataset.name, version: dataset.version },
    command: "npm run zoo:measure -- instruct",
    measuredWith: { runtime: policy.identity.runtime, node: process.versions.node, seed: MEASURE_SEED },
  };

  const test = await publishedProblems(root, "test");
  const drawn = await draw(test, SAMPLES);
  const shift = await publishedProblems(root, "shift");
  const shiftDrawn = await draw(shift, SAMPLES);
  const wide = spaced(onePerTemplate(test), WIDE_PROBLEMS);
  const wideDrawn = await draw(wide, SATURATION_SAMPLES);
  await policy.close();
  await progress.say("policy measured");

  const firstDrawn = wideDrawn.map((responses) => responses.slice(0, REWARD_SAMPLES));
  const curveProblems = spaced(wide, CURVE_PROBLEMS);
  const curveDrawn = curveProblems.map((problem) => wideDrawn[wide.indexOf(problem)] ?? []);
  const judged: Judged[] = [];
  for (const plan of REWARD_MODELS) {
    const folder = join(root, "models", plan.name);
    const model = await loadRewardModel(folder);
    const scored = await scoreResponses(model, wide, firstDrawn, { signal, progress });
    const curve = await scoreResponses(model, curveProblems, curveDrawn, { signal, progress });
    await model.close();
    const figures = [
      ...concordanceFigures(scored, "test"),
      heterogeneityFigure(scored, "test"),
      distinctFigure(scored),
      ...shapeFigures(curve),
      ...curveFigures(curve),
    ];
    judged.push({ name: plan.name, scored, figures });
    await writeCard(folder, {
      name: plan.name,
      kind: plan.recipe.kind === "classifier" ? "classifier-reward-model" : "likelihood-reward-model",
      summary: plan.summary,
      ...(plan.planted !== undefined && { planted: plan.planted }),
      parameters: model.size.total,
      stored: "float16",
      revision: model.identity.revision,
      training: await readTraining(folder),
      figures,
      bars: REWARD_BARS,
      ...shared,
    });
    await progress.say(`${plan.name} measured`);
  }
  await writeFile(join(root, "docs", "world-instruct-tail.svg"), tailPlot(judged));
  // A second copy of a model agrees with the first by design.
  const different = judged.filter(({ name }) => !name.endsWith("-b"));
  await writeCard(policyFolder, {
    name: "instruct",
    kind: "language-model",
    summary:
      "The policy of the built-in world `instruct`: open-ended requests with one to eight constraints that can be checked.",
    parameters: policy.size.total,
    revision: policy.identity.revision,
    training: await readTraining(policyFolder),
    figures: [
      ...policyFigures(test, drawn, "test"),
      figure(
        `saturated-${SATURATION_SAMPLES}`,
        `Share of test problems with a response that meets every constraint among ${SATURATION_SAMPLES} samples`,
        wideDrawn.map(saturated),
        wide.map(({ cluster }) => cluster),
        SATURATION_SAMPLES,
      ),
      ...disagreementFigures(different),
      ...breakdown(test, drawn),
      ...policyFigures(shift, shiftDrawn, "shift", "shift-"),
    ],
    bars: POLICY_BARS,
    ...shared,
  });
  await progress.say("instruct measured");
}
