import { decodingId, throwIfInterrupted } from "@touchstone/core";
import { called } from "./called.ts";
import { contendersOf } from "./cells.ts";
import { methodsOn } from "./lacking.ts";
import { drawsOf, type Draw } from "./draws.ts";
import { fitContenders, fitSetting, type StateOf } from "./fit.ts";
import { loadDraws, sizesOf } from "./load-draws.ts";
import { Meter } from "./meter.ts";
import { placeOf } from "./plan-procedures.ts";
import {
  groupsOf,
  isProcedure,
  poolsByProblem,
  procedureCell,
  readerOf,
  runsLive,
  wayOf,
  type ProcedureContender,
} from "./procedure-cell.ts";
import { decideOnce, proxyRewards } from "./procedures.ts";
import type { WorkOptions } from "./progress.ts";
import { rewardScales } from "./reward-scale.ts";
import type { RunSetting } from "./setting.ts";
import { ProcedureSource, type Made } from "./source.ts";

/** Problems whose chains advance together: enough to keep an engine's workers busy at every step. */
const PROBLEMS_A_CALL = 128;
/** Prompts embedded in one call. */
const PROMPTS_A_CALL = 1024;

/**
 * Runs every procedure that needs a model on models, with everything that it is given written to the pool first: the
 * evaluation then runs the same procedure on the pool alone. Needs the independent samples in the pool. What is there is not
 * made again, so an interrupted run continues in the middle of its chains.
 */
export async function fillProcedures(setting: RunSetting, options: WorkOptions, made: Made): Promise<void> {
  await fillEmbeddings(setting, options, made);
  const draws = drawsOf(setting);
  for (const ofSeed of Map.groupBy(draws, seedKey).values()) await fillSeed(setting, ofSeed, options, made);
}

/** One place and seed. */
function seedKey({ dataset, split, model, decoding, seed }: Draw): string {
  return [dataset.name, split, model.identity.name, decodingId(decoding), seed].join("\n");
}

/** Prompts of every problem that a method may ask to embed, labelled ones included. */
async function fillEmbeddings(setting: RunSetting, { signal, onProgress }: WorkOptions, made: Made): Promise<void> {
  for (const part of [fitSetting(setting), setting]) {
    for (const draw of part ? drawsOf(part) : []) {
      if (
        draw.variant ||
        !draw.methods.some((name) => methodsOn(part!, draw).find((m) => m.name === name)?.needs.embeds)
      )
        continue;
      const source = new ProcedureSource(setting.pool, draw, { signal, onTokens: () => undefined, made });
      const subject = `prompts of ${draw.dataset.name}/${draw.split}`;
      const meter = new Meter("procedures", subject, { done: 0, total: draw.problems.length }, onProgress);
      for (const some of groupsOf(draw.problems, PROMPTS_A_CALL)) {
        throwIfInterrupted(signal, "embedding prompts");
        await source.embeddings(some.map(({ id }) => id));
        meter.finished(some.length);
      }
    }
  }
}

async function fillSeed(setting: RunSetting, draws: readonly Draw[], options: WorkOptions, made: Made): Promise<void> {
  const own = draws.find((draw) => !draw.variant)!;
  const contenders = contendersOf(setting.suite, methodsOn(setting, own), [...own.rewardModels.keys()], placeOf(own));
  const live = contenders.filter(isProcedure).filter(runsLive);
  if (live.length === 0) return;
  const signal = options.signal ?? new AbortController().signal;
  const sizes = sizesOf(draws);
  const learning = { signal, onTokens: () => undefined, made };
  const { stateOf } = await fitContenders(setting, live, draws, { sizes, signal, live: learning });
  const scales = await rewardScales(setting.pool, own);
  const chunk = Math.ceil(PROBLEMS_A_CALL / own.batches.size) * own.batches.size;
  for (const problems of groupsOf(own.problems, chunk)) {
    const pools = poolsByProblem(await loadDraws(setting.pool, draws, problems, scales));
    for (const contender of live) {
      throwIfInterrupted(signal, "continuing responses");
      await runLive(setting, own, contender, pools, { sizes, stateOf, made, options });
    }
  }
}

/** One contender on a chunk of problems, its largest budget first: what that has made, the smaller ones find. */
async function runLive(
  { suite, pool }: RunSetting,
  own: Draw,
  contender: ProcedureContender,
  pools: ReturnType<typeof poolsByProblem>,
  {
    sizes,
    stateOf,
    made,
    options,
  }: {
    readonly sizes: ReturnType<typeof sizesOf>;
    readonly stateOf: StateOf;
    readonly made: Made;
    readonly options: WorkOptions;
  },
): Promise<void> {
  const { size, replicates } = wayOf(contender, suite, own);
  const groups = groupsOf(pools, size);
  const amounts = suite.budgets.amounts.toReversed();
  const total = Math.ceil(amounts[0]! * pools.length * replicates);
  const meter = new Meter("procedures", subjectOf(contender, own), { done: 0, total }, options.onProgress);
  const live = { signal: options.signal, onTokens: (tokens: number) => meter.processed(tokens), made };
  const source = new ProcedureSource(pool, own, live);
  const reader = readerOf(own);
  const signal = options.signal ?? new AbortController().signal;
  for (const amount of amounts) {
    const state = stateOf(contender, amount);
    const cell = procedureCell(suite, own, contender, amount, { sizes, reader, source, state });
    for (let replicate = 0; replicate < replicates; replicate++) {
      for (const group of groups) {
        let reported = 0;
        // Only the largest budget is new work, but for what smaller ones do otherwise.
        const report = (spent: number): void => {
          const more = Math.floor(spent) - reported;
          if (amount !== amounts[0] || more === 0) return;
          meter.finished(more);
          reported += more;
        };
        const decided = await decideOnce(cell, group, replicate, signal, report);
        // The evaluation asks for the rewards of what was decided; the method may not have.
        await proxyRewards(cell, decided);
      }
    }
  }
  meter.completed();
}

function subjectOf({ method, parameters, rewardModel }: ProcedureContender, { model, dataset, split }: Draw): string {
  const rewarded = rewardModel === "" ? "" : ` with ${rewardModel}`;
  return `${called(method, parameters)}${rewarded}, ${model.identity.name} on ${dataset.name}/${split}`;
}
