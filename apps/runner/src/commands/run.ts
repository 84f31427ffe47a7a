import { resolve } from "node:path";
import { planText } from "@touchstone/evaluation";
import { print, say, type Context } from "../context.ts";
import { show } from "../finish.ts";
import { dryRunPlan } from "../dry-run.ts";
import { hubDownloadText } from "../hub-downloads.ts";
import { ModelHub } from "../hub.ts";
import { listImports } from "../imports.ts";
import { load, type Loaded } from "../loading.ts";
import { NO_PROGRESS, progressOn } from "../progress.ts";
import { PLACES } from "../places.ts";
import { openPool, poolToPlanOn } from "../pools.ts";
import { createRun, readRecord } from "../run-record.ts";
import { changesSince, suiteOfManifest } from "../repeat.ts";
import { type RunFlags, suiteFromFlags } from "../suite-flags.ts";
import { movedSince } from "../moved-revisions.ts";
import { carryOut, planned } from "../work.ts";

export interface RunOptions extends RunFlags {
  readonly pool?: string | undefined;
  readonly out?: string | undefined;
  readonly fromManifest?: string | undefined;
  readonly dryRun?: true | undefined;
  readonly offline?: true | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
}

/** `run`: from a suite, flags or a manifest to tables and a page. */
export async function run(suiteName: string | undefined, options: RunOptions, context: Context): Promise<void> {
  const { interruption, argv } = context;
  const started = new Date().toISOString();
  const { fromManifest, dryRun = false, quiet = false } = options;
  interruption.enter("loading");
  const pool = resolve(options.pool ?? PLACES.pool);
  const repeated =
    fromManifest === undefined ? undefined : await suiteOfManifest(fromManifest, suiteName, options, pool);
  const hub = new ModelHub({ offline: options.offline, quiet, signal: interruption.signal, say });
  const settling = { hub, tolerant: dryRun };
  const { given, suite } = repeated ?? (await suiteFromFlags(suiteName, options, pool, settling));
  const device = options.device ?? repeated?.device ?? "cpu";
  const imports = await listImports(pool);
  const remark = async (loaded: Loaded): Promise<void> => {
    if (quiet) return;
    if (repeated) changesSince(repeated.manifest, loaded).forEach(say);
    (await movedSince(loaded)).forEach(say);
  };
  if (!quiet) say("Loading models and pool");
  const loading = { suite, device, interruption, imports, hub };
  if (dryRun) {
    const here = { ...loading, pool: (signal: AbortSignal) => poolToPlanOn(pool, signal) };
    const { plan, downloads } = await dryRunPlan(here, remark);
    if (options.json) print(JSON.stringify(downloads.length > 0 ? { ...plan, downloads } : plan));
    else [...hubDownloadText(downloads), ...planText(plan)].forEach(print);
    return;
  }

  await using loaded = await load({ ...loading, pool: (signal) => openPool(pool, { signal }) });
  await remark(loaded);
  const progress = quiet ? NO_PROGRESS : progressOn(process.stderr);
  const work = { loaded, interruption, progress, quiet };
  const plan = await planned(work);
  const folder = await createRun(resolve(options.out ?? PLACES.reports), {
    suite: suite.name,
    argv: [...argv],
    started,
    pool,
    device,
    suite_as_given: given,
    suite_resolved: suite,
    stored_at_start: plan.draws.reduce((sum, { stored }) => sum + stored, 0),
  });
  if (!quiet) say(`Run ${folder}`);
  show(folder, await carryOut(folder, await readRecord(folder), work), options);
}
