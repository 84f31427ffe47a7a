import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadLanguageModel } from "@touchstone/inference";
import { readSnapshot, runPolicy, snapshotSteps } from "../policy-run.ts";
import type { Stage } from "../stages.ts";
import { writeDatasets } from "./datasets.ts";
import { exportModel } from "./export.ts";
import { INSTRUCT_RUN, RUN_STEPS, TOKENS_PER_STEP } from "./policy-run.ts";
import { REWARD_MODELS } from "./recipes.ts";
import { drawRewardRows, ROW_SETS, SAMPLES_EACH, type RowSet } from "./reward-rows.ts";
import { selectSnapshot } from "./select.ts";
import { teach } from "./teach.ts";

/** Where the stages of this world keep what they made: below `root`/.touchstone/zoo/instruct, ignored by git. */
export interface Places {
  /** The checkout. */
  readonly root: string;
  readonly home: string;
}

export function instructPlaces(root: string): Places {
  return { root, home: join(root, ".touchstone", "zoo", "instruct") };
}

/** From nothing to `models/`: each stage reads what those before it left. */
export function instructStages({ root, home }: Places): Stage[] {
  const run = join(home, "policy-run");
  const selectionPath = join(home, "selection.json");
  const policy = join(root, "models", "instruct");
  const rowsPath = (set: RowSet): string => join(home, `${set}.jsonl`);
  return [
    { name: "datasets", isDone: async () => false, run: () => writeDatasets(root) },
    {
      name: "policy-run",
      isDone: async () => (await snapshotSteps(run)).at(-1) === RUN_STEPS,
      run: (progress, signal) => runPolicy(INSTRUCT_RUN, run, progress, signal),
    },
    {
      name: "select",
      isDone: async () => existsSync(selectionPath),
      run: async (progress, signal) => {
        const places = { root, run, scratch: join(home, "candidates"), path: selectionPath };
        const { policy: step, measured } = await selectSnapshot(places, progress, signal);
        await exportModel(
          policy,
          await readSnapshot(run, step),
          {},
          {
            step,
            tokens: step * TOKENS_PER_STEP,
            chosenOn: "validation: the last snapshot that leaves enough to be found",
            measured,
          },
        );
      },
    },
    ...(Object.keys(ROW_SETS) as RowSet[]).map((set): Stage => ({
      name: `rows-${set}`,
      isDone: async () => existsSync(rowsPath(set)),
      run: async (progress, signal) => {
        // A tile is always drawn whole: a larger one would draw more than is asked for.
        const model = await loadLanguageModel(policy, { tile: SAMPLES_EACH });
        await drawRewardRows(set, model, rowsPath(set), progress, signal);
        await model.close();
      },
    })),
    ...REWARD_MODELS.map((plan): Stage => {
      const folder = join(home, plan.name);
      const target = join(root, "models", plan.name);
      return {
        name: plan.name,
        isDone: async () => existsSync(join(folder, "done")),
        run: async (progress, signal) => {
          const trunk = await readSnapshot(run, RUN_STEPS);
          await teach(plan, { root, trunk, rowsPath: rowsPath(plan.rows), folder, target }, progress, signal);
          await writeFile(join(folder, "done"), "");
        },
      };
    }),
  ];
}
