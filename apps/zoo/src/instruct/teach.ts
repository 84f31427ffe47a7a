import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import type { Weights } from "@touchstone/training";
import type { Figure } from "../figures.ts";
import type { Progress } from "../progress.ts";
import { cutBatches } from "../reward-batches.ts";
import { runReward, type RewardHead } from "../reward-run.ts";
import { rewardsOf, scoreResponses } from "../score.ts";
import { SPECIAL } from "../word-tokenizer.ts";
import { BUCKETS } from "./batches.ts";
import { drawResponses } from "./draw.ts";
import { exportModel } from "./export.ts";
import { labelled, softLabels, type Taste } from "./labels.ts";
import { INSTRUCT_CONFIG } from "./model.ts";
import { RUN_STEPS, TOKENS_PER_STEP } from "./policy-run.ts";
import { publishedProblems } from "./problems.ts";
import type { RewardModelPlan } from "./recipes.ts";
import { concordanceFigures, heterogeneityFigure } from "./reward-figures.ts";
import { readRewardRows, type RewardRow } from "./reward-rows.ts";
import { idOf, verdictToken } from "./tokenizer.ts";
import { worldStream } from "./world.ts";

/** Samples of each validation problem on which a taught model is looked at. */
const CHECK_SAMPLES = 16;
const CHECK_SEED = 31;

/** How far the starting vector goes along the verdicts that the trunk already gives. */
const START = 0.15;

/**
 * Where the head starts: the trunk learned to follow the end of a response with verdicts, so the difference of two verdicts'
 * embeddings is the direction in which its last state says that a constraint is kept.
 */
export function startingVector(trunk: Weights, { kinds }: Taste): Float32Array {
  const embedding = trunk.get("model.embed_tokens.weight");
  const width = INSTRUCT_CONFIG.hidden_size;
  const vector = new Float32Array(width);
  for (const [kind, weight] of Object.entries(kinds) as [keyof typeof kinds, number][]) {
    const [kept, broken] = [true, false].map((verdict) => idOf(verdictToken(kind, verdict)) * width) as [
      number,
      number,
    ];
    for (let i = 0; i < width; i++) {
      vector[i]! += START * weight * ((embedding?.data[kept + i] ?? 0) - (embedding?.data[broken + i] ?? 0));
    }
  }
  return vector;
}

const LAYOUTS = {
  classifier: { architectures: ["LlamaForSequenceClassification"], num_labels: 1, torch_dtype: "float16" },
  likelihood: { architectures: ["LlamaForLikelihoodReward"], torch_dtype: "float16" },
} as const;

/** Rows that a likelihood's scale is fitted on. */
const HEAD_ROWS = 1200;

/**
 * Where a likelihood reward model's head starts: the scale with which the likelihood of the untaught trunk follows the labels' log-odds
 * within a request, by least squares, and the bias that makes it 0 on average.
 */
async function startingScale(untaught: string, rows: readonly RewardRow[], taste: Taste): Promise<RewardHead> {
  const x = await rewardsOf(untaught, rows);
  const y = softLabels(rows, taste).map((label) => Math.log(label / (1 - label)));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const byPrompt = Map.groupBy(rows.keys(), (at) => rows[at]!.prompt);
  let [xx, xy] = [0, 0];
  for (const group of byPrompt.values()) {
    const [meanX, meanY] = [mean(group.map((at) => x[at]!)), mean(group.map((at) => y[at]!))];
    for (const at of group) {
      xx += (x[at]! - meanX) ** 2;
      xy += (x[at]! - meanX) * (y[at]! - meanY);
    }
  }
  const scale = xy / xx;
  return { scale, bias: -scale * mean(x) };
}

/** Teaches one reward model, exports it in half precision and looks at it on the validation split. */
export async function teach(
  plan: RewardModelPlan,
  places: {
    readonly root: string;
    readonly trunk: Weights;
    readonly rowsPath: string;
    /** Where the training's state is kept. */
    readonly folder: string;
    /** Where the model goes. */
    readonly target: string;
  },
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(places.folder, { recursive: true });
  const { recipe, taste } = plan;
  const rows = await readRewardRows(places.rowsPath);
  const order = worldStream("reward-order", plan.name);
  const lines = labelled(rows, taste);
  const chosen = Array.from(order.permutation(lines.length).subarray(0, recipe.samples), (index) => lines[index]!);
  const batches = cutBatches(chosen, BUCKETS, idOf(SPECIAL.pad), order.child("batches"));
  const untaught = join(places.folder, "untaught");
  let head: RewardHead = { vector: startingVector(places.trunk, taste) };
  if (recipe.kind === "likelihood") {
    await exportModel(untaught, likelihoodOf(places.trunk), LAYOUTS.likelihood);
    head = { ...head, ...(await startingScale(untaught, rows.slice(0, HEAD_ROWS), taste)) };
    await progress.say(`the likelihood's scale starts at ${head.scale}`);
  }
  const start = { config: INSTRUCT_CONFIG, weights: places.trunk, head };
  const weights = await runReward(recipe, start, batches, { folder: join(places.folder, "state"), progress, signal });
  const config = {
    ...LAYOUTS[recipe.kind],
    ...(plan.planted !== undefined && { touchstone: { planted: plan.planted } }),
  };
  await exportModel(places.target, weights, config);
  const figures = await check(places, signal);
  for (const { name, estimate } of figures) await progress.say(`validation ${name} ${estimate.toFixed(3)}`);
  await exportModel(places.target, weights, config, {
    trunk: { from: "policy-run", step: RUN_STEPS, tokens: RUN_STEPS * TOKENS_PER_STEP },
    recipe,
    taste,
    rows: { set: plan.rows, available: lines.length },
    validation: figures,
  });
}

/** A language model as the reward model that its likelihood is, before any label: a = 1, v = 0, b = 0. */
function likelihoodOf(weights: Weights): Weights {
  const width = INSTRUCT_CONFIG.hidden_size;
  return new Map([
    ...weights,
    ["likelihood.scale", { shape: [1], data: Float32Array.of(1) }],
    ["score.weight", { shape: [1, width], data: new Float32Array(width) }],
    ["score.bias", { shape: [1], data: new Float32Array(1) }],
  ]);
}

async function check(
  places: { readonly root: string; readonly target: string },
  signal: AbortSignal,
): Promise<Figure[]> {
  const problems = await publishedProblems(places.root, "validation");
  const policy = await loadLanguageModel(join(places.root, "models", "instruct"), { tile: CHECK_SAMPLES });
  const drawn = await drawResponses(policy, problems, { count: CHECK_SAMPLES, seed: CHECK_SEED, signal });
  await policy.close();
  const model = await loadRewardModel(places.target);
  const scored = await scoreResponses(model, problems, drawn, { signal });
  await model.close();
  return [...concordanceFigures(scored, "validation"), heterogeneityFigure(scored, "validation")];
}
