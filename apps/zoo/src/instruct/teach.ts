import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import type { Weights } from "@touchstone/training";
import type { Figure } from "../figures.ts";
import type { Progress } from "../progress.ts";
import { cutBatches } from "../reward-batches.ts";
import { runReward } from "../reward-run.ts";
import { scoreResponses } from "../score.ts";
import { SPECIAL } from "../word-tokenizer.ts";
import { BUCKETS } from "./batches.ts";
import { drawResponses } from "./draw.ts";
import { exportModel } from "./export.ts";
import { labelled, type Taste } from "./labels.ts";
import { INSTRUCT_CONFIG } from "./model.ts";
import { RUN_STEPS, TOKENS_PER_STEP } from "./policy-run.ts";
import { publishedProblems } from "./problems.ts";
import { RECIPE, type RewardModelPlan } from "./recipes.ts";
import { concordanceFigures, heterogeneityFigure } from "./reward-figures.ts";
import { readRewardRows } from "./reward-rows.ts";
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
  const rows = await readRewardRows(places.rowsPath);
  const order = worldStream("reward-order", plan.name);
  const lines = labelled(rows, plan.taste);
  const chosen = Array.from(order.permutation(lines.length).subarray(0, RECIPE.samples), (index) => lines[index]!);
  const batches = cutBatches(chosen, BUCKETS, idOf(SPECIAL.pad), order.child("batches"));
  const start = {
    config: INSTRUCT_CONFIG,
    weights: places.trunk,
    head: { vector: startingVector(places.trunk, plan.taste) },
  };
  const state = join(places.folder, "state");
  const weights = await runReward(RECIPE, start, batches, { folder: state, progress, signal });

  const config = {
    architectures: ["LlamaForSequenceClassification"],
    num_labels: 1,
    torch_dtype: "float16",
    ...(plan.planted !== undefined && { touchstone: { planted: plan.planted } }),
  };
  // A classifier has neither the likelihood's scale nor a bias.
  const kept = new Map([...weights].filter(([name]) => name !== "likelihood.scale" && name !== "score.bias"));
  await exportModel(places.target, kept, config);
  const figures = await check(places, signal);
  for (const { name, estimate } of figures) await progress.say(`validation ${name} ${estimate.toFixed(3)}`);
  await exportModel(places.target, kept, config, {
    trunk: { from: "policy-run", step: RUN_STEPS, tokens: RUN_STEPS * TOKENS_PER_STEP },
    recipe: RECIPE,
    taste: plan.taste,
    rows: { set: plan.rows, available: rows.length },
    validation: figures,
  });
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
