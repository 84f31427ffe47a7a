import type { RunResults } from "@touchstone/core";
import { renderPage, runPaths, writePage } from "@touchstone/report";
import { print } from "./context.ts";
import type { Interruption } from "./interruption.ts";
import { runText } from "./table.ts";

export interface ShowOptions {
  readonly json?: true | undefined;
}

/** Writes the page of a run beside its tables. */
export async function writeReport(folder: string, run: RunResults, interruption: Interruption): Promise<void> {
  interruption.enter("writing the report");
  const { pageTemplate } = await import("@touchstone/report-page");
  const template = await pageTemplate();
  interruption.enter("writing the report");
  await writePage(folder, renderPage(template, run));
}

/** The end of `run`, `resume` and `report`: the table and the run's folder, or one object with its paths. */
export function show(folder: string, run: RunResults, { json }: ShowOptions): void {
  if (json) {
    const { results, questions, comparisons, diagnostics, ledger, allocation, manifest, report } = runPaths(folder);
    const some = { ...(run.ledger?.length ? { ledger } : {}), ...(run.allocation?.length ? { allocation } : {}) };
    print(JSON.stringify({ run: folder, results, questions, comparisons, diagnostics, ...some, manifest, report }));
    return;
  }
  print(runText(run));
  print("");
  print(`Run: ${folder}`);
}
