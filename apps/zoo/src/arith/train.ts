import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadLanguageModel } from "@touchstone/inference";
import { Progress } from "../progress.ts";
import { writeDatasets } from "./datasets.ts";
import { exportModel } from "./export.ts";
import { LIKELIHOOD } from "./likelihood.ts";
import { RUN_STEPS, runPolicy, snapshotSteps } from "./policy-run.ts";
import { REWARD_MODELS, type RewardModelPlan } from "./recipes.ts";
import { drawRewardRows, readRewardRows } from "./reward-rows.ts";
import { runReward } from "./reward-run.ts";
import { readSnapshot, selectSnapshots, type Selection } from "./select.ts";

/** Where the stages of this world keep what they made: below `root`/.touchstone/zoo/arith, ignored by git. */
export interface Places {
  /** The checkout. */
  readonly root: string;
  readonly home: string;
}

export function placesOf(root: string): Places {
  return { root, home: join(root, ".touchstone", "zoo", "arith") };
}

/** A part of the training that can be done, and resumed, by itself. */
export interface Stage {
  readonly name: string;
  /** What it left behind the last time, if it was finished. */
  readonly isDone: () => Promise<boolean>;
  readonly run: (progress: Progress, signal: AbortSignal) => Promise<void>;
}

/** From nothing to `models/`: each stage reads what those before it left. */
export function trainingStages({ root, home }: Places): Stage[] {
  const run = join(home, "policy-run");
  const selectionPath = join(home, "selection.json");
  const rowsPath = join(home, "reward-rows.jsonl");
  const policy = join(root, "models", "arith");
  const selection = async (): Promise<Selection> => JSON.parse(await readFile(selectionPath, "utf8")) as Selection;
  return [
    { name: "datasets", isDone: async () => false, run: () => writeDatasets(root) },
    {
      name: "policy-run",
      isDone: async () => (await snapshotSteps(run)).at(-1) === RUN_STEPS,
      run: (progress, signal) => runPolicy(run, progress, signal),
    },
    {
      name: "select",
      isDone: async () => existsSync(selectionPath),
      run: async (progress, signal) => {
        const places = { root, run, scratch: join(home, "candidates"), path: selectionPath };
        const chosen = await selectSnapshots(places, progress, signal);
        await exportModel(policy, await readSnapshot(run, chosen.policy));
      },
    },
    {
      name: "reward-rows",
      isDone: async () => existsSync(rowsPath),
      run: async (progress, signal) => {
        const model = await loadLanguageModel(policy);
        await drawRewardRows(model, rowsPath, progress, signal);
        await model.close();
      },
    },
    ...REWARD_MODELS.map((plan): Stage => {
      const folder = join(home, plan.name);
      return {
        name: plan.name,
        isDone: async () => existsSync(join(folder, "done")),
        run: async (progress, signal) => {
          await teach(plan, { root, run, rowsPath, folder }, await selection(), progress, signal);
          await writeFile(join(folder, "done"), "");
        },
      };
    }),
  ];
}

async function teach(
  plan: RewardModelPlan,
  places: { readonly root: string; readonly run: string; readonly rowsPath: string; readonly folder: string },
  selection: Selection,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(places.folder, { recursive: true });
  const rows = plan.rows(await readRewardRows(places.rowsPath));
  const from = await readSnapshot(places.run, selection[plan.trunk]);
  const folder = join(places.folder, "state");
  const weights = await runReward(plan.recipe, from, rows, { purpose: plan.name, folder, progress, signal });
  const planted = plan.planted === undefined ? {} : { touchstone: { planted: plan.planted } };
  await exportModel(join(places.root, "models", plan.name), weights, { ...LIKELIHOOD, ...planted });
}

/** Runs the stages in order; those that are done are skipped, or `only` is run whatever it left before. */
export async function runStages(
  stages: readonly Stage[],
  log: string,
  signal: AbortSignal,
  only?: string,
): Promise<void> {
  const chosen = only === undefined ? stages : stages.filter(({ name }) => name === only);
  if (chosen.length === 0) {
    throw new Error(`there is no stage "${only}"; stages: ${stages.map(({ name }) => name).join(", ")}`);
  }
  for (const stage of chosen) {
    const progress = new Progress(log, stage.name);
    if (only === undefined && (await stage.isDone())) {
      await progress.say("done before");
      continue;
    }
    const started = performance.now();
    await stage.run(progress, signal);
    await progress.say(`finished in ${Math.round((performance.now() - started) / 1000)} s`);
  }
}
