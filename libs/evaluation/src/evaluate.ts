import {
  abstainedFor,
  decodingId,
  throwIfInterrupted,
  type ComparisonRow,
  type CurveRow,
  type DiagnosticRow,
  type LedgerRow,
  type ProblemLook,
  type QuestionRow,
  type ResultRow,
} from "@touchstone/core";
import type { CellResult, FirstDecision } from "./cell-record.ts";
import { methodsOn } from "./lacking.ts";
import { contendersOf, type Contender } from "./cells.ts";
import type { ProblemPool } from "./columns.ts";
import { compareAtBudget } from "./compare.ts";
import { decisionStream, selectOn } from "./decide.ts";
import { Diagnostics } from "./diagnostics.ts";
import { drawsOf, type Draw } from "./draws.ts";
import { evaluateSeed, isSelector } from "./evaluate-seed.ts";
import type { FitSpend } from "./fit.ts";
import { gradeSelection } from "./grade-decision.ts";
import { decidingRows, learningRows } from "./ledger-rows.ts";
import type { CellPlan } from "./lines.ts";
import { lookAt, LookShelf, weightByAnswer, type LookDecision } from "./looks.ts";
import { readsOf } from "./needs.ts";
import { poolNumbers, rewardNumbers } from "./pool-numbers.ts";
import type { WorkOptions } from "./progress.ts";
import { curveRows, questionRows, resultRows, type Scene } from "./rows.ts";
import type { RunSetting } from "./setting.ts";
import type { EvaluationTables } from "./tables.ts";
import { SubsetView } from "./views.ts";

/** Bounds of samples.json, per dataset and model. */
const LOOKS = { problems: 24, samples: 32 };

interface Tables {
  readonly results: ResultRow[];
  readonly questions: QuestionRow[];
  readonly comparisons: ComparisonRow[];
  readonly diagnostics: DiagnosticRow[];
  readonly samples: ProblemLook[];
  readonly ledger: LedgerRow[];
  readonly curves: CurveRow[];
}

/** Takes the cells of a scene: for each seed, in one order. */
export type SceneReader = (scene: Scene, bySeed: readonly (readonly CellResult[])[]) => void;

/**
 * Lets every method decide at every budget on what the pool holds, and grades the decisions. Draws nothing: throws
 * `pool-incomplete` where `fill` has not been run. The same suite on the same pool gives the same tables. `onScene` is told
 * every problem's outcome, which the tables hold in sums.
 */
export async function evaluate(
  setting: RunSetting,
  options: WorkOptions = {},
  onScene?: SceneReader,
): Promise<EvaluationTables> {
  const tables: Tables = {
    results: [],
    questions: [],
    comparisons: [],
    diagnostics: [],
    samples: [],
    ledger: [],
    curves: [],
  };
  const draws = drawsOf(setting);
  const scenes = Map.groupBy(draws, sceneKey);
  const progress = progressOf(options, [...scenes.values()]);
  const looked = new Set<string>();
  for (const drawsOfScene of scenes.values()) {
    throwIfInterrupted(options.signal, "evaluation");
    const { dataset, model } = drawsOfScene[0]!;
    // One look a dataset and model: with the first decoding and the first seed.
    const lookKey = `${dataset.name}\n${model.identity.name}`;
    const { scene, bySeed } = await evaluateScene(
      setting,
      drawsOfScene,
      tables,
      !looked.has(lookKey),
      progress,
      options,
    );
    onScene?.(scene, bySeed);
    looked.add(lookKey);
  }
  return tables;
}

async function evaluateScene(
  setting: RunSetting,
  draws: readonly Draw[],
  tables: Tables,
  withLooks: boolean,
  progress: (draw: Draw) => void,
  { signal, onProgress }: WorkOptions,
): Promise<{ readonly scene: Scene; readonly bySeed: readonly (readonly CellResult[])[] }> {
  const scene = sceneOf(setting, draws[0]!);
  const rewardModels = [...draws[0]!.rewardModels.keys()];
  const contenders = contendersOf(setting.suite, methodsOn(setting, draws[0]!), rewardModels, scene);
  const diagnostics = new Diagnostics();
  const shelf = new LookShelf(withLooks ? LOOKS.problems : 0);
  const bySeed: (readonly CellResult[])[] = [];
  const fits: FitSpend[] = [];
  for (const [seed, seedDraws] of Map.groupBy(draws, (draw) => draw.seed)) {
    const cells = await evaluateSeed({
      setting,
      contenders,
      draws: seedDraws,
      signal: signal ?? new AbortController().signal,
      onProgress,
      onFit: (spends) => {
        noteFit(diagnostics, scene, spends, contenders);
        fits.push(...spends);
        tables.curves.push(...curveRows(scene, spends, seed));
      },
      onProblem: (index, pools, plans, firstOf) => {
        noteProblem(diagnostics, index, pools, setting.suite.budgets);
        if (withLooks && bySeed.length === 0) offerLook(shelf, scene, pools, plans, firstOf);
        progress(seedDraws[0]!);
      },
    });
    for (const cell of cells) {
      tables.results.push(...resultRows(scene, cell, seed));
      noteMethod(diagnostics, scene, cell, contenders);
    }
    bySeed.push(cells);
  }
  for (const index of bySeed[0]!.keys()) {
    const ofSeeds = bySeed.map((cells) => cells[index]!);
    tables.questions.push(...questionRows(scene, ofSeeds));
    tables.ledger.push(...decidingRows(scene, ofSeeds));
  }
  // Two reported splits of a dataset learn from the same problems: once.
  const learned = new Set(tables.ledger.map((row) => JSON.stringify(row)));
  const learning = learningRows(scene, setting.suite.fit.split, fits);
  tables.ledger.push(...learning.filter((row) => !learned.has(JSON.stringify(row))));
  for (const budget of setting.suite.budgets.amounts) {
    const atBudget = bySeed.map((cells) => cells.filter((cell) => cell.budget === budget));
    tables.comparisons.push(...compareAtBudget(scene, budget, atBudget, rewardModels));
  }
  tables.diagnostics.push(...diagnostics.rows(scene));
  tables.samples.push(...shelf.looks);
  return { scene, bySeed };
}

function sceneKey({ dataset, split, model, decoding }: Draw): string {
  return [dataset.name, split, model.identity.name, decodingId(decoding)].join("\n");
}

function sceneOf({ suite }: RunSetting, { dataset, split, model, decoding, problems }: Draw): Scene {
  return {
    suite: suite.name,
    dataset: dataset.name,
    split,
    model: model.identity.name,
    decoding: decodingId(decoding),
    unit: suite.budgets.unit,
    problems: problems.map(({ id }) => id),
    clusters: problems.map(({ cluster }) => cluster),
    ...((dataset.grader.gold === "none" || dataset.grader.gold === "judge") && { gold: dataset.grader.gold }),
  };
}

/** Numbers about the pools and the reward models. */
function noteProblem(
  diagnostics: Diagnostics,
  index: number,
  pools: ReadonlyMap<Draw, ProblemPool>,
  { unit, amounts }: RunSetting["suite"]["budgets"],
): void {
  for (const [draw, pool] of pools) {
    const about = { decoding: decodingId(draw.key.decoding), subject: "pool", reward_model: "", budget: null };
    const ks = unit === "samples" && !draw.variant ? amounts : [1];
    diagnostics.add(about, index, poolNumbers(pool, ks));
    diagnostics.largest(about, "pool_size", pool.size);
    diagnostics.largest(about, "max_completion_tokens", Math.max(...pool.tokens));
    if (draw.variant) continue;
    for (const [name, { values }] of pool.rewards) {
      const of = { ...about, subject: "reward-model", reward_model: name };
      diagnostics.add(of, index, rewardNumbers(pool, values));
      diagnostics.largest(of, "planted", draw.rewardModels.get(name)!.planted === undefined ? 0 : 1);
    }
  }
}

/** What methods spent on learning from all labelled problems: apart from what they spend on deciding. */
function noteFit(
  diagnostics: Diagnostics,
  { decoding }: Scene,
  spends: readonly FitSpend[],
  contenders: readonly Contender[],
): void {
  for (const { contender, budget, spend, problems } of spends) {
    const subject = subjectOf(contender.method.name, contender.parameters, contenders);
    const about = { decoding, subject, reward_model: contender.rewardModel, budget };
    for (const [name, value] of [
      ["fit_problems", problems],
      ["fit_samples", spend.samples],
      ["fit_completion_tokens", spend.completionTokens],
      ["fit_reward_tokens", spend.rewardTokens],
      ["fit_extra_forward_tokens", spend.extraForwardTokens],
      ["fit_flops", spend.flops],
    ] as const) {
      diagnostics.largest(about, name, value);
    }
  }
}

/** A method's name, with its parameters where it runs with several. */
function subjectOf(method: string, parameters: string, contenders: readonly Contender[]): string {
  const variants = new Set(contenders.filter((c) => c.method.name === method).map((c) => c.parameters));
  return variants.size > 1 ? `${method} ${parameters}` : method;
}

/** Numbers that methods report about their decisions. */
function noteMethod(diagnostics: Diagnostics, scene: Scene, cell: CellResult, contenders: readonly Contender[]): void {
  const { method, parameters, reward_model } = cell.head;
  const subject = subjectOf(method, parameters, contenders);
  const about = { decoding: scene.decoding, subject, reward_model, budget: cell.budget };
  // A share of problems is a mean over all of them: 0 on those that were decided, or for another reason.
  const reasons = [...new Set(cell.problems.flatMap(({ outcome }) => [...(outcome.reasons?.keys() ?? [])]))];
  for (const [index, { outcome }] of cell.problems.entries()) {
    diagnostics.add(about, index, outcome.diagnostics);
    const shares = reasons.map((reason) => [abstainedFor(reason), outcome.reasons?.get(reason) ?? 0] as const);
    diagnostics.add(about, index, new Map(shares));
  }
}

/** What every method decides at the largest budget on the pool's first samples (replicate 0). */
function offerLook(
  shelf: LookShelf,
  scene: Scene,
  pools: ReadonlyMap<Draw, ProblemPool>,
  cells: readonly CellPlan[],
  firstOf: (cell: number) => FirstDecision | undefined,
): void {
  const largest = Math.max(...cells.map((cell) => cell.budget));
  const decisions = cells.flatMap(({ line, budget, n }, index): LookDecision[] => {
    const { decides, draw, head } = line;
    if (budget !== largest || typeof decides === "string" || n === 0) return [];
    const first = firstOf(index);
    if (first) return [{ head, budget, ...first }];
    if (!isSelector(decides)) return [];
    const pool = pools.get(draw)!;
    const subset = new SubsetView(n, pool.rewards.keys());
    subset.show(
      pool,
      Uint32Array.from({ length: n }, (_, i) => i),
    );
    const key = { seed: draw.seed, dataset: scene.dataset, problem: pool.view.id };
    const selection = selectOn(
      subset.view(decides.visible, readsOf(decides.method.needs, decides.choice.parameters)),
      decides,
      decisionStream(key, decides, 0),
    );
    const { accuracy } = gradeSelection(selection, subset.chosen, pool, decides.visible);
    return [{ head, budget, answers: weightByAnswer(selection, subset.chosen, pool), accuracy }];
  });
  const own = [...pools].find(([draw]) => !draw.variant)![1];
  shelf.offer(decisions, () => lookAt(own, scene, decisions, LOOKS.samples));
}

function progressOf({ onProgress }: WorkOptions, scenes: readonly (readonly Draw[])[]): (draw: Draw) => void {
  const started = performance.now();
  const total = scenes.flat().reduce((sum, draw) => sum + (draw.variant ? 0 : draw.problems.length), 0);
  let done = 0;
  return ({ dataset, split, model }) => {
    done++;
    onProgress?.({
      phase: "evaluate",
      subject: `${model.identity.name} on ${dataset.name}/${split}`,
      done,
      total,
      tokens: 0,
      seconds: (performance.now() - started) / 1000,
      failed: 0,
    });
  };
}
