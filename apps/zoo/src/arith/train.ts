import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadLanguageModel } from "@touchstone/inference";
import { readSnapshot, runPolicy, snapshotSteps } from "../policy-run.ts";
import type { Stage } from "../stages.ts";
import { writeDatasets } from "./datasets.ts";
import { exportModel } from "./export.ts";
import { ARITH_RUN, RUN_STEPS, TOKENS_PER_STEP } from "./policy-run.ts";
import { CLASSIFIER_TRIAL, REWARD_MODELS } from "./recipes.ts";
import { drawRewardRows, SAMPLES_EACH } from "./reward-rows.ts";
import { selectSnapshots, type Selection } from "./select.ts";
import { teach } from "./teach.ts";
import { runTrunk, TRUNK_FILE } from "./trunk-run.ts";

/** Where the stages of this world keep what they made: below `root`/.touchstone/zoo/arith, ignored by git. */
export interface Places {
  /** The checkout. */
  readonly root: string;
  readonly home: string;
}

export function arithPlaces(root: string): Places {
  return { root, home: join(root, ".touchstone", "zoo", "arith") };
}

/** From nothing to `models/`: each stage reads what those before it left. */
export function arithStages({ root, home }: Places): Stage[] {
  const run = join(home, "policy-run");
  const continued = join(home, "continued-run");
  const selectionPath = join(home, "selection.json");
  const rowsPath = join(home, "reward-rows.jsonl");
  const policy = join(root, "models", "arith");
  const selection = async (): Promise<Selection> => JSON.parse(await readFile(selectionPath, "utf8")) as Selection;
  return [
    { name: "datasets", isDone: async () => false, run: () => writeDatasets(root) },
    {
      name: "policy-run",
      isDone: async () => (await snapshotSteps(run)).at(-1) === RUN_STEPS,
      run: (progress, signal) => runPolicy(ARITH_RUN, run, progress, signal),
    },
    {
      name: "select",
      isDone: async () => existsSync(selectionPath),
      run: async (progress, signal) => {
        const places = { root, run, scratch: join(home, "candidates"), path: selectionPath };
        const chosen = await selectSnapshots(places, progress, signal);
        await exportModel(
          policy,
          await readSnapshot(run, chosen.policy),
          {},
          {
            step: chosen.policy,
            tokens: chosen.policy * TOKENS_PER_STEP,
            chosenOn: "validation accuracy of every snapshot",
            validationAccuracy: chosen.accuracy,
          },
        );
      },
    },
    {
      name: "reward-rows",
      isDone: async () => existsSync(rowsPath),
      run: async (progress, signal) => {
        // A tile is always drawn whole: a larger one would draw more than is asked for.
        const model = await loadLanguageModel(policy, { tile: SAMPLES_EACH });
        await drawRewardRows(model, rowsPath, progress, signal);
        await model.close();
      },
    },
    {
      name: "continued-run",
      isDone: async () => existsSync(join(continued, TRUNK_FILE)),
      run: async (progress, signal) => runTrunk(await readSnapshot(run, RUN_STEPS), continued, progress, signal),
    },
    ...[...REWARD_MODELS, CLASSIFIER_TRIAL].map((plan): Stage => {
      const folder = join(home, plan.name);
      const shipped = plan !== CLASSIFIER_TRIAL;
      const target = shipped ? join(root, "models", plan.name) : join(folder, "model");
      return {
        name: plan.name,
        onRequest: !shipped,
        isDone: async () => existsSync(join(folder, "done")),
        run: async (progress, signal) => {
          await teach(plan, { root, run, continued, rowsPath, folder, target }, await selection(), progress, signal);
          await writeFile(join(folder, "done"), "");
        },
      };
    }),
  ];
}
