import { readRun } from "@touchstone/report";

/** Every row of a run's tables, without what was timed. */
export async function comparable(folder: string) {
  const { results, questions, comparisons, diagnostics, ledger, samples } = await readRun(folder);
  const untimed = results.map((row) => ({ ...row, wall_seconds: null }));
  return { results: untimed, questions, comparisons, diagnostics, ledger, samples };
}
