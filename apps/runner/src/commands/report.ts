import { resolve } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { readRun } from "@touchstone/report";
import type { Context } from "../context.ts";
import { show, writeReport } from "../finish.ts";
import { PLACES } from "../places.ts";
import { findRun, isFinished } from "../runs.ts";

export interface ReportOptions {
  readonly out?: string | undefined;
  readonly json?: true | undefined;
}

/** `report`: the page of a finished run, from its tables alone. */
export async function report(reference: string, options: ReportOptions, { interruption }: Context): Promise<void> {
  interruption.enter("writing the report");
  const folder = await findRun(reference, resolve(options.out ?? PLACES.reports));
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
