import { throwIfInterrupted } from "@touchstone/core";
import { setImmediate } from "node:timers/promises";
import type { CellProblem } from "./cell-record.ts";
import type { ProblemPool } from "./columns.ts";
import type { Draw } from "./draws.ts";
import { groupsOf, isProcedure, poolsByProblem, procedureCell, readerOf, runsLive, wayOf } from "./procedure-cell.ts";
import type { CellPlan } from "./lines.ts";
import { Meter } from "./meter.ts";
import { decideBatch } from "./procedures.ts";
import type { WorkOptions } from "./progress.ts";
import type { RunSetting } from "./setting.ts";
import { ProcedureSource } from "./source.ts";
import type { Sizes } from "./spend.ts";
import type { StateOf } from "./fit.ts";

/**
 * Decides a chunk of problems in every cell of a procedure, and appends to `results`. Every contender starts with its largest
 * budget: what that has read of the pool serves the smaller ones.
 */
export async function decideProcedures(
  { suite, pool }: RunSetting,
  cells: readonly CellPlan[],
  pools: ReadonlyMap<Draw, readonly ProblemPool[]>,
  {
    sizes,
    stateOf,
    signal,
    onProgress,
  }: {
    readonly sizes: Sizes;
    readonly stateOf: StateOf;
    readonly signal: AbortSignal;
    readonly onProgress: WorkOptions["onProgress"];
  },
  results: readonly CellProblem[][],
): Promise<void> {
  const own = [...pools.keys()].find((draw) => !draw.variant)!;
  const byProblem = poolsByProblem(pools);
  const reader = readerOf(own);
  const lines = Map.groupBy(cells.entries(), ([, { line }]) => line);
  const procedures = [...lines].filter(([{ decides }]) => typeof decides !== "string" && isProcedure(decides));
  if (procedures.length === 0) return;
  const subject = `procedures of ${own.model.identity.name} on ${own.dataset.name}/${own.split}`;
  const total = procedures.reduce((sum, [, entries]) => sum + entries.length, 0) * byProblem.length;
  const meter = new Meter("evaluate", subject, { done: 0, total }, onProgress);
  for (const [{ decides: contender }, entries] of procedures) {
    if (typeof contender === "string" || !isProcedure(contender)) continue;
    const { embeds } = contender.method.needs;
    const source = runsLive(contender) || embeds ? new ProcedureSource(pool, own) : undefined;
    for (const [index, { budget }] of [...entries].toSorted(([, a], [, b]) => b.budget - a.budget)) {
      const state = stateOf(contender, budget);
      const cell = procedureCell(suite, own, contender, budget, { sizes, reader, source, state });
      for (const group of groupsOf(byProblem, wayOf(contender, suite, own).size)) {
        throwIfInterrupted(signal, "evaluation");
        results[index]!.push(...(await decideBatch(cell, group, signal)));
        meter.finished(group.length);
        // Lets Ctrl-C and progress through.
        await setImmediate();
      }
    }
  }
}
