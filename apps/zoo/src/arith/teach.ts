import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import type { Figure } from "../figures.ts";
import { readSnapshot } from "../policy-run.ts";
import type { Progress } from "../progress.ts";
import { runReward } from "../reward-run.ts";
import { rewardsOf, scoreResponses } from "../score.ts";
import { drawResponses } from "./draw.ts";
import { exportModel } from "./export.ts";
import { CLASSIFIER, LIKELIHOOD, likelihoodOf } from "./reward-layouts.ts";
import { fitLogistic } from "./logistic-fit.ts";
import { ARITH_CONFIG } from "./model.ts";
import { RUN_STEPS, TOKENS_PER_STEP } from "./policy-run.ts";
import { publishedProblems } from "./problems.ts";
import type { RewardModelPlan } from "./recipes.ts";
import { rewardBatches } from "./reward-batches.ts";
import { pairwiseFigure, pairwiseText } from "./reward-figures.ts";
import { readRewardRows, type LabelledRow } from "./reward-rows.ts";
import type { Selection } from "./select.ts";
import { readTrunk, TRUNK_STEPS } from "./trunk-run.ts";

/** Samples of each validation problem on which labels are held to have helped or not. */
const CHECK_SAMPLES = 16;
const CHECK_SEED = 31;

/** Rows that the starting head is fitted on. */
const HEAD_ROWS = 2000;

/** Scale and bias under which the untaught likelihood predicts the labels best. */
async function startingHead(
  untaught: string,
  rows: readonly LabelledRow[],
): Promise<{ readonly scale: number; readonly bias: number }> {
  return fitLogistic(
    await rewardsOf(untaught, rows),
    rows.map(({ label }) => label),
  );
}

/** Teaches one reward model and exports it, with its pairwise accuracy on validation: of its trunk's likelihood before the labels, and after. */
export async function teach(
  plan: RewardModelPlan,
  places: {
    readonly root: string;
    readonly run: string;
    /** Folder of the continued run. */
    readonly continued: string;
    readonly rowsPath: string;
    /** Where the training's state is kept. */
    readonly folder: string;
    /** Where the model goes. */
    readonly target: string;
  },
  selection: Selection,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(places.folder, { recursive: true });
  const { recipe } = plan;
  const rows = plan.rows(await readRewardRows(places.rowsPath));
  const step = plan.trunk === "continued" ? RUN_STEPS + TRUNK_STEPS : selection[plan.trunk];
  const from = plan.trunk === "continued" ? await readTrunk(places.continued) : await readSnapshot(places.run, step);

  const problems = await publishedProblems(places.root, "validation");
  const policy = await loadLanguageModel(join(places.root, "models", "arith"), { tile: CHECK_SAMPLES });
  const drawn = await drawResponses(policy, problems, { count: CHECK_SAMPLES, seed: CHECK_SEED, signal });
  await policy.close();
  const check = async (folder: string): Promise<Figure> => {
    const model = await loadRewardModel(folder);
    const scored = await scoreResponses(model, problems, drawn, { signal });
    await model.close();
    return pairwiseFigure("pairwise", pairwiseText("validation"), scored);
  };
  const untaught = join(places.folder, "untaught");
  await exportModel(untaught, likelihoodOf(from), LIKELIHOOD);
  const before = await check(untaught);
  const head = recipe.kind === "likelihood" ? await startingHead(untaught, rows.slice(0, HEAD_ROWS)) : {};
  await progress.say(
    `validation pairwise ${before.estimate} before the labels; head starts at ${JSON.stringify(head)}`,
  );

  const state = join(places.folder, "state");
  const start = { config: ARITH_CONFIG, weights: from, head };
  const batches = rewardBatches(rows, plan.name, recipe.samples);
  const weights = await runReward(recipe, start, batches, { folder: state, progress, signal });
  const { target } = places;
  const layout = recipe.kind === "classifier" ? CLASSIFIER : LIKELIHOOD;
  const config = { ...layout, ...(plan.planted !== undefined && { touchstone: { planted: plan.planted } }) };
  await exportModel(target, weights, config);
  const after = await check(target);
  await progress.say(`validation pairwise ${before.estimate} before the labels, ${after.estimate} after`);
  await exportModel(target, weights, config, {
    trunk: { from: plan.trunk, step, tokens: step * TOKENS_PER_STEP },
    recipe: { ...recipe, head },
    rowsAvailable: rows.length,
    labelledRight: rows.filter(({ label }) => label === 1).length / rows.length,
    validationBeforeLabels: before,
    validationAfterLabels: after,
  });
}
