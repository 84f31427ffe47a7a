import { resolve } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { experimentIn, readRun } from "@touchstone/report";
import { print, type Context } from "../context.ts";
import { show, writeReport } from "../finish.ts";
import { PLACES } from "../places.ts";
import { findRun, hasRun, isFinished } from "../runs.ts";
import { findTrained } from "../trained.ts";

export interface ReportOptions {
  readonly out?: string | undefined;
  readonly json?: true | undefined;
}

/** `report`: the page of a finished run or of an experiment, from its tables alone. */
export async function report(reference: string, options: ReportOptions, { interruption }: Context): Promise<void> {
  interruption.enter("writing the report");
  const runs = resolve(options.out ?? PLACES.reports);
  const experiment = hasRun(reference, runs)
    ? undefined
    : findTrained(reference, resolve(options.out ?? PLACES.experiments));
  if (experiment !== undefined) return reportTrained(experiment, options);
  const folder = await findRun(reference, runs);
  if (!isFinished(folder)) {
    throw new TouchstoneError({
      code: "unfinished-run",
      family: "input",
      what: "This run has not been finished: it has no tables yet.",
      value: folder,
      fix: "Continue it with `./touchstone resume <run>`.",
    });
  }
  const run = await readRun(folder);
  await writeReport(folder, run, interruption);
  show(folder, run, options);
}

async function reportTrained(folder: string, { json }: ReportOptions): Promise<void> {
  const kind = experimentIn(folder);
  if (kind === undefined) {
    throw new TouchstoneError({
      code: "unfinished-run",
      family: "input",
      what: "This experiment has no tables yet.",
      value: folder,
      fix: "Continue it with `./touchstone train <experiment>`; what was trained is kept.",
    });
  }
  const { reportExperiment } = await import("../experiment-report.ts");
  const { report: page, lines } = await reportExperiment(folder, kind);
  if (json) {
    print(JSON.stringify({ experiment: folder, report: page }));
    return;
  }
  lines.forEach(print);
  print("");
  print(`Experiment: ${folder}`);
}
