import { decodingId, throwIfInterrupted, type Problem, type Selector } from "@touchstone/core";
import { oracle, randomChoice } from "@touchstone/stats";
import { setImmediate } from "node:timers/promises";
import type { CellProblem, CellResult } from "./cell-record.ts";
import type { Contender } from "./cells.ts";
import { loadProblems, type ProblemPool } from "./columns.ts";
import { decideProblem, type Decider } from "./decide.ts";
import type { Draw } from "./draws.ts";
import { cellPlansOf, linesOf, type CellPlan, type ReferenceLine } from "./lines.ts";
import { decideBatch } from "./procedures.ts";
import { rewardScales } from "./reward-scale.ts";
import type { RunSetting } from "./setting.ts";
import { expectedSpend, problemCost, type ProblemCost, type Sizes } from "./spend.ts";
import type { Outcome } from "./tally.ts";

/** Problems in memory at once, at least. */
const CHUNK = 64;

export interface SeedEvaluation {
  readonly setting: RunSetting;
  readonly contenders: readonly Contender[];
  /** One seed's draws of one dataset, model and decoding. */
  readonly draws: readonly Draw[];
  readonly signal: AbortSignal;
  /** Called for every problem with its pools by draw, after its cells. */
  readonly onProblem: (index: number, pools: ReadonlyMap<Draw, ProblemPool>, cells: readonly CellPlan[]) => void;
}

/** Every cell of one seed, in the order of lines, then budgets. Reads the pool a bounded number of problems at a time. */
export async function evaluateSeed(evaluation: SeedEvaluation): Promise<readonly CellResult[]> {
  const { setting, contenders, draws, signal } = evaluation;
  const { suite } = setting;
  const [first] = draws;
  const { batches, problems } = first!;
  const sizes = sizesOf(first!.model.size, draws);
  const chunk = Math.ceil(CHUNK / batches.size) * batches.size;
  // One unit for all: rewards of another decoding's samples are read in that of the suite's own.
  const scales = await rewardScales(
    setting.pool,
    draws.find((draw) => !draw.variant)!,
  );
  const costs = suite.budgets.unit === "samples" ? new Map() : await allCosts(evaluation, sizes, chunk, scales);
  const cells = cellPlansOf(linesOf(contenders, draws), suite.budgets, costs);
  const results = cells.map((): CellProblem[] => []);

  for (let start = 0; start < problems.length; start += chunk) {
    const some = problems.slice(start, start + chunk);
    const pools = await loadDraws(setting, draws, some, scales);
    for (let i = 0; i < some.length; i++) {
      throwIfInterrupted(signal, "evaluation");
      const byDraw = new Map(Array.from(pools, ([draw, list]) => [draw, list[i]!]));
      decideCells(cells, byDraw, sizes, setting, results);
      evaluation.onProblem(start + i, byDraw, cells);
      for (const pool of byDraw.values()) pool.similarities.clear();
      // Lets Ctrl-C and progress through.
      await setImmediate();
    }
    for (let from = 0; from < some.length; from += batches.size) {
      await decideProcedures(evaluation, cells, pools, from, sizes, results);
    }
  }
  return cells.map(({ line, budget, n, flag }, index) => ({
    head: line.head,
    metrics: line.metrics,
    budget,
    n,
    flag,
    problems: results[index]!,
  }));
}

type Scales = ReadonlyMap<string, number>;

async function loadDraws(setting: RunSetting, draws: readonly Draw[], problems: readonly Problem[], scales: Scales) {
  const loaded = new Map<Draw, readonly ProblemPool[]>();
  for (const draw of draws) loaded.set(draw, await loadProblems(setting.pool, draw, problems, scales));
  return loaded;
}

function sizesOf(policy: Sizes["policy"], draws: readonly Draw[]): Sizes {
  const models = draws.flatMap((draw) => [...draw.rewardModels]);
  return { policy, rewardModels: new Map(models.map(([name, { size }]) => [name, size])) };
}

/** Costs of all problems, for budgets that are not in samples: n depends on the mean over problems. */
async function allCosts({ setting, draws, signal }: SeedEvaluation, sizes: Sizes, chunk: number, scales: Scales) {
  const costs = new Map<Draw, ProblemCost[]>(draws.map((draw) => [draw, []]));
  const { problems } = draws[0]!;
  for (let start = 0; start < problems.length; start += chunk) {
    throwIfInterrupted(signal, "evaluation");
    for (const [draw, pools] of await loadDraws(setting, draws, problems.slice(start, start + chunk), scales)) {
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
        const outcome = referenceOutcome(line.decides, pool.grades, n);
        results[entry.index]!.push(cellProblem(outcome, cost, n, []));
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
      const record = cellProblem(outcomes[i]!, cost, decider.n, decider.contender.visible);
      for (const { index } of same) results[index]!.push(record);
    }
  }
}

async function decideProcedures(
  { setting, signal }: SeedEvaluation,
  cells: readonly CellPlan[],
  pools: ReadonlyMap<Draw, readonly ProblemPool[]>,
  from: number,
  sizes: Sizes,
  results: readonly CellProblem[][],
): Promise<void> {
  const { budgets, replicates } = setting.suite;
  for (const [index, { line, budget, n }] of cells.entries()) {
    const { decides, draw } = line;
    if (typeof decides === "string" || !Number.isNaN(n) || decides.method.kind !== "procedure") continue;
    const batch = Array.from({ length: draw.batches.size }, (_, i) => {
      return new Map(Array.from(pools, ([{ key }, list]) => [decodingId(key.decoding), list[from + i]!]));
    });
    const cell = {
      contender: { ...decides, method: decides.method },
      budget: { unit: budgets.unit, amount: budget, scope: budgets.scope },
      decoding: draw.decoding,
      sizes,
      lineEnds: (tokens: Int32Array) => draw.model.lineEnds(tokens, draw.dataset.stepDelimiter),
      seed: draw.seed,
      dataset: draw.dataset.name,
      replicates,
    };
    results[index]!.push(...(await decideBatch(cell, batch, signal)));
  }
}

/** Expected number of unparsable, truncated and failed samples in a random subset: n times the pool's share. */
function cellProblem(outcome: Outcome, cost: ProblemCost, n: number, visible: readonly string[]): CellProblem {
  return {
    outcome,
    spend: expectedSpend(cost, n, visible),
    unparsable: n * cost.unparsable,
    truncated: n * cost.truncated,
    failed: n * visible.reduce((sum, name) => sum + cost.rewards.get(name)!.failed, 0),
  };
}

function referenceOutcome(name: ReferenceLine, grades: Float64Array, n: number): Outcome {
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
