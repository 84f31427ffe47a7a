import { resolve } from "node:path";
import { say, type Context } from "../context.ts";
import { show } from "../finish.ts";
import { ModelHub } from "../hub.ts";
import { listImports } from "../imports.ts";
import { load } from "../loading.ts";
import { PLACES } from "../places.ts";
import { openPool } from "../pools.ts";
import { NO_PROGRESS, progressOn } from "../progress.ts";
import { suiteAgain } from "../repeat.ts";
import { readRecord } from "../run-record.ts";
import { findRun, isFinished } from "../runs.ts";
import { carryOut, planned } from "../work.ts";
import { report } from "./report.ts";

export interface ResumeOptions {
  readonly pool?: string | undefined;
  readonly out?: string | undefined;
  readonly offline?: true | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
}

/** `resume`: the rest of a run that was stopped, into the same folder. A finished run is shown. */
export async function resume(reference: string, options: ResumeOptions, context: Context): Promise<void> {
  const { interruption } = context;
  interruption.enter("loading");
  const folder = await findRun(reference, resolve(options.out ?? PLACES.reports));
  const quiet = options.quiet ?? false;
  if (isFinished(folder)) {
    if (!quiet) say("This run is finished; nothing is drawn.");
    await report(folder, options, context);
    return;
  }
  const record = await readRecord(folder);
  const pool = resolve(options.pool ?? record.pool);
  const { suite } = await suiteAgain(record.suite_as_given, record.suite_resolved, pool);
  if (!quiet) say("Loading models and pool");
  await using loaded = await load({
    suite,
    device: record.device,
    interruption,
    imports: await listImports(pool),
    hub: new ModelHub({ offline: options.offline, quiet, signal: interruption.signal, say }),
    pool: (signal) => openPool(pool, { signal }),
  });
  const work = { loaded, interruption, progress: quiet ? NO_PROGRESS : progressOn(process.stderr), quiet };
  await planned(work);
  show(folder, await carryOut(folder, { ...record, pool }, work), options);
}
