import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { loadLanguageModel } from "@touchstone/inference";
import { Progress } from "../progress.ts";
import { writeDatasets } from "./datasets.ts";
import { exportModel } from "./export.ts";
import { RUN_STEPS, runPolicy, snapshotSteps, TOKENS_PER_STEP } from "./policy-run.ts";
import { CLASSIFIER_TRIAL, REWARD_MODELS } from "./recipes.ts";
import { drawRewardRows, SAMPLES_EACH } from "./reward-rows.ts";
import { readSnapshot, selectSnapshots, type Selection } from "./select.ts";
import { teach } from "./teach.ts";
import { runTrunk, TRUNK_FILE } from "./trunk-run.ts";

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
  /** Run by name only: a trial that no model needs. */
  readonly onRequest?: boolean;
  /** What it left behind the last time, if it was finished. */
  readonly isDone: () => Promise<boolean>;
  readonly run: (progress: Progress, signal: AbortSignal) => Promise<void>;
}

/** From nothing to `models/`: each stage reads what those before it left. */
export function trainingStages({ root, home }: Places): Stage[] {
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
      run: (progress, signal) => runPolicy(run, progress, signal),
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

/** Runs the stages in order; those that are done are skipped, or `only` is run whatever it left before. */
export async function runStages(
  stages: readonly Stage[],
  log: string,
  signal: AbortSignal,
  only?: string,
): Promise<void> {
  const chosen =
    only === undefined ? stages.filter(({ onRequest }) => !onRequest) : stages.filter(({ name }) => name === only);
  if (chosen.length === 0) {
    throw new TouchstoneError({
      code: "unknown-stage",
      family: "usage",
      what: "The training has no stage of this name.",
      value: only,
      fix: `Stages: ${stages.map(({ name }) => name).join(", ")}.`,
    });
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
