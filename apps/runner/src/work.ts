import type { RunResults } from "@touchstone/core";
import {
  evaluate,
  fill,
  planRun,
  planText,
  studySuite,
  tune,
  type Plan,
  type SceneReader,
} from "@touchstone/evaluation";
import { readRun, tablesOf, writeRun } from "@touchstone/report";
import { say } from "./context.ts";
import { writeReport } from "./finish.ts";
import { checkRecorded } from "./imports.ts";
import type { Interruption } from "./interruption.ts";
import type { Loaded } from "./loading.ts";
import { manifestOf } from "./manifest.ts";
import type { Progress } from "./progress.ts";
import type { RunRecord } from "./run-record.ts";

export interface Work {
  readonly loaded: Loaded;
  readonly interruption: Interruption;
  readonly progress: Progress;
  readonly quiet: boolean;
}

/** What is missing; said where something is. */
export async function planned({ loaded, interruption, quiet }: Work): Promise<Plan> {
  interruption.enter("planning");
  const plan = await planRun(loaded.setting);
  checkRecorded(plan, loaded.imports, loaded.setting.methods);
  if (!quiet && plan.total.samplesMissing + plan.total.rewardsMissing > 0) planText(plan).forEach(say);
  return plan;
}

/** Fills the pool, lets every method decide, and writes tables and page into the run's folder. */
export async function carryOut(
  folder: string,
  record: RunRecord,
  work: Work,
  onScene?: SceneReader,
): Promise<RunResults> {
  const { loaded, interruption, progress, quiet } = work;
  const options = { signal: interruption.signal, onProgress: progress.update };
  try {
    interruption.enter("tuning");
    const tuned = await tune(loaded.setting, options);
    interruption.enter("filling the pool");
    const filled = await fill(tuned.setting, options);
    interruption.enter("evaluating");
    const tables = await evaluate(tuned.setting, options, onScene);
    interruption.enter("studying allocation");
    // What validation chose may explore less, and ask more of a pool than was planned: the suite's own parameters are studied.
    const allocation = await studySuite(loaded.setting, options);
    progress.stop();
    interruption.enter("writing the report");
    if (!quiet) say("Writing tables and page");
    const manifest = await manifestOf(record, loaded, filled, tuned);
    interruption.enter("writing the report");
    const ledger = [...(tables.ledger ?? []), ...tuned.ledger];
    const whole = { ...tables, ledger, tuning: tuned.rows, allocation };
    await writeRun(folder, { manifest: { ...manifest, tables: tablesOf(whole) }, ...whole });
    // The page is made from the files, as `report` makes it: what it shows is what they hold.
    const run = await readRun(folder);
    await writeReport(folder, run, interruption);
    return run;
  } finally {
    progress.stop();
  }
}
