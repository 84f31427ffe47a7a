import { throwIfInterrupted, type Selector } from "@touchstone/core";
import { oracle, randomChoice } from "@touchstone/stats";
import { setImmediate } from "node:timers/promises";
import type { CellProblem, CellResult, FirstDecision } from "./cell-record.ts";
import type { Contender } from "./cells.ts";
import type { ProblemPool } from "./columns.ts";
import { decideProblem, type Decider } from "./decide.ts";
import { decideProcedures } from "./decide-procedures.ts";
import type { Draw } from "./draws.ts";
import { fitContenders, type FitSpend } from "./fit.ts";
import { loadDraws, sizesOf } from "./load-draws.ts";
import { cellPlansOf, linesOf, paysOf, type CellPlan, type ReferenceLine } from "./lines.ts";
import { isProcedure, scopeOf } from "./procedure-cell.ts";
import { bestRewardModel, Hindsight, outcomesByRewardModel } from "./reward-model-lines.ts";
import type { WorkOptions } from "./progress.ts";
import { rewardScales } from "./reward-scale.ts";
import type { RunSetting } from "./setting.ts";
import { expectedSpend, problemCost, type Pays, type ProblemCost, type Sizes } from "./spend.ts";
import type { Suite } from "./suite-schema.ts";
import type { Outcome } from "./tally.ts";

/** Problems in memory at once, at least. */
const CHUNK = 64;

export interface SeedEvaluation {
  readonly setting: RunSetting;
  readonly contenders: readonly Contender[];
  /** One seed's draws of one dataset, model and decoding. */
  readonly draws: readonly Draw[];
  readonly signal: AbortSignal;
  /** Told how far the procedures of a part of the problems are. */
  readonly onProgress: WorkOptions["onProgress"];
  /** Called with what learning has spent, before any decision. */
  readonly onFit: (spends: readonly FitSpend[]) => void;
  /** Called for every problem with its pools by draw, after its cells; `firstOf` tells by cell what a procedure decided first. */
  readonly onProblem: (
    index: number,
    pools: ReadonlyMap<Draw, ProblemPool>,
    cells: readonly CellPlan[],
    firstOf: (cell: number) => FirstDecision | undefined,
  ) => void;
}

/** Every cell of one seed, in the order of lines, then budgets. Reads the pool a bounded number of problems at a time. */
export async function evaluateSeed(evaluation: SeedEvaluation): Promise<readonly CellResult[]> {
  const { setting, contenders, draws, signal } = evaluation;
  const { suite } = setting;
  const [first] = draws;
  const { batches, problems } = first!;
  const sizes = sizesOf(draws);
  const chunk = Math.ceil(CHUNK / batches.size) * batches.size;
  // One unit for all: rewards of another decoding's samples are read in that of the suite's own.
  const scales = await rewardScales(
    setting.pool,
    draws.find((draw) => !draw.variant)!,
  );
  const costs = suite.budgets.unit === "samples" ? new Map() : await allCosts(evaluation, sizes, chunk, scales);
  const cells = cellPlansOf(linesOf(contenders, draws), suite.budgets, costs);
  const results = cells.map((): CellProblem[] => []);
  const hindsight = cells.map(() => new Hindsight());
  const { stateOf, spends } = await fitContenders(setting, contenders, draws, { sizes, signal });
  evaluation.onFit(spends);

  for (let start = 0; start < problems.length; start += chunk) {
    const some = problems.slice(start, start + chunk);
    const pools = await loadDraws(setting.pool, draws, some, scales);
    await decideProcedures(
      setting,
      cells,
      pools,
      { sizes, stateOf, signal, onProgress: evaluation.onProgress },
      results,
    );
    for (let i = 0; i < some.length; i++) {
      throwIfInterrupted(signal, "evaluation");
      const byDraw = new Map(Array.from(pools, ([draw, list]) => [draw, list[i]!]));
      decideCells(cells, byDraw, sizes, setting, results, hindsight);
      evaluation.onProblem(start + i, byDraw, cells, (cell) => results[cell]![start + i]?.first);
      for (const pool of byDraw.values()) pool.similarities.clear();
      // Lets Ctrl-C and progress through.
      await setImmediate();
    }
  }
  return cells.map(({ line, budget, n, flag }, index) => ({
    head: line.head,
    metrics: line.metrics,
    budget,
    n,
    flag,
    batches: sharesBudget(line.decides, suite) ? batches : { size: 1, count: problems.length },
    problems: line.decides === "best-reward-model" ? hindsight[index]!.best() : results[index]!,
  }));
}

function sharesBudget(decides: Contender | ReferenceLine, suite: Suite): boolean {
  if (typeof decides !== "string" && isProcedure(decides)) return scopeOf(decides.method, suite) === "batch";
  return suite.budgets.scope === "batch";
}

/** Costs of all problems, for budgets that are not in samples: n depends on the mean over problems. */
async function allCosts(
  { setting, draws, signal }: SeedEvaluation,
  sizes: Sizes,
  chunk: number,
  scales: ReadonlyMap<string, number>,
) {
  const costs = new Map<Draw, ProblemCost[]>(draws.map((draw) => [draw, []]));
  const { problems } = draws[0]!;
  for (let start = 0; start < problems.length; start += chunk) {
    throwIfInterrupted(signal, "evaluation");
    for (const [draw, pools] of await loadDraws(setting.pool, draws, problems.slice(start, start + chunk), scales)) {
      costs.get(draw)!.push(...pools.map((pool) => problemCost(pool, sizes)));
    }
  }
  return costs;
}

/** Decides one problem in every cell but those of procedures, and appends to `results`. */
function decideCells(
  cells: readonly CellPlan[],
  pools: ReadonlyMap<Draw, ProblemPool>,
  sizes: Sizes,
  { suite }: RunSetting,
  results: readonly CellProblem[][],
  hindsight: readonly Hindsight[],
): void {
  for (const [draw, pool] of pools) {
    const cost = problemCost(pool, sizes);
    const key = { seed: draw.seed, dataset: draw.dataset.name, problem: pool.view.id };
    const mine = cells.flatMap((cell, index) => (cell.line.draw === draw && cell.n > 0 ? [{ cell, index }] : []));
    // Methods that use one sample decide the same at every budget: once is enough.
    const deciders = new Map<string, { readonly decider: Decider; readonly cells: typeof mine }>();
    for (const entry of mine) {
      const { line, n } = entry.cell;
      if (typeof line.decides === "string") {
        if (line.decides === "oracle" || line.decides === "random-choice") {
          const outcome = referenceOutcome(line.decides, pool.grades, n);
          results[entry.index]!.push(cellProblem(outcome, cost, n, { visible: [], afterLast: false }));
          continue;
        }
        const outcomes = outcomesByRewardModel(pool, n);
        const under = (name: string) =>
          cellProblem(outcomes.get(name)!, cost, n, { visible: [name], afterLast: false });
        if (line.decides === "reward-model-oracle") results[entry.index]!.push(under(bestRewardModel(outcomes)));
        else for (const name of outcomes.keys()) hindsight[entry.index]!.add(name, under(name));
        continue;
      }
      const id = [line.head.method, line.head.parameters, line.head.reward_model, n].join("\n");
      const known = deciders.get(id);
      if (known) known.cells.push(entry);
      else deciders.set(id, { decider: { contender: line.decides as Decider["contender"], n }, cells: [entry] });
    }
    const list = [...deciders.values()];
    const outcomes = decideProblem(
      pool,
      list.map(({ decider }) => decider),
      key,
      suite.replicates,
    );
    for (const [i, { decider, cells: same }] of list.entries()) {
      const record = cellProblem(outcomes[i]!, cost, decider.n, paysOf(same[0]!.cell.line));
      for (const { index } of same) results[index]!.push(record);
    }
  }
}

/** Expected number of unparsable, truncated and failed samples in a random subset: n times the pool's share. */
function cellProblem(outcome: Outcome, cost: ProblemCost, n: number, pays: Pays): CellProblem {
  return {
    outcome,
    spend: expectedSpend(cost, n, pays),
    unparsable: n * cost.unparsable,
    truncated: n * cost.truncated,
    failed: n * pays.visible.reduce((sum, name) => sum + cost.rewards.get(name)!.failed, 0),
  };
}

function referenceOutcome(name: "oracle" | "random-choice", grades: Float64Array, n: number): Outcome {
  return {
    accuracy: name === "oracle" ? oracle(grades, n) : randomChoice(grades),
    accuracyError: 0,
    proxy: Number.NaN,
    proxyError: 0,
    abstained: 0,
    replicates: 0,
    diagnostics: new Map(),
  };
}

/** Narrows a contender to one whose method is a selector. */
export function isSelector(contender: Contender): contender is Contender & { readonly method: Selector } {
  return contender.method.kind === "selector";
}
