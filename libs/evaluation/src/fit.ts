import { Ledger, throwIfInterrupted, type Curves, type Drawn, type LabelledStream, type Spend } from "@touchstone/core";
import type { AccessProblem, PoolAccess } from "./access.ts";
import type { Contender } from "./cells.ts";
import { drawsOf, type Draw } from "./draws.ts";
import { loadDraws } from "./load-draws.ts";
import { learnsWith } from "./needs.ts";
import {
  isProcedure,
  poolsByProblem,
  procedureCell,
  readerOf,
  runsLive,
  type ProcedureContender,
  type Reader,
} from "./procedure-cell.ts";
import { openAccess, orderedPools, randomOf } from "./procedures.ts";
import { rewardScales } from "./reward-scale.ts";
import type { RunSetting } from "./setting.ts";
import { ProcedureSource, type Live } from "./source.ts";
import type { Sizes } from "./spend.ts";
import { methodNamed } from "./suite.ts";
import { onSplit } from "./tune-setting.ts";

/** What a contender learned for a budget; undefined for one that does not learn. */
export type StateOf = (contender: Contender, budget: number) => unknown;

/** What contenders learned, and what learning spent. */
export interface Fitted {
  readonly stateOf: StateOf;
  readonly spends: readonly FitSpend[];
}

export interface FitSpend {
  readonly contender: ProcedureContender;
  readonly budget: number;
  /** Sum over the labelled problems. */
  readonly spend: Spend;
  readonly problems: number;
  readonly curves: NonNullable<Curves["curves"]>;
}

/**
 * The suite that learning needs filled: its datasets on the split of `fit`, with the methods that learn. Undefined where none
 * does.
 */
export function fitSetting(setting: RunSetting): RunSetting | undefined {
  const { suite, methods } = setting;
  const learning = suite.methods.filter(({ name, parameters }) => learnsWith(methodNamed(name, methods), parameters));
  if (learning.length === 0) return undefined;
  const { batch: _, ...rest } = suite;
  return { ...setting, suite: { ...rest, datasets: onSplit(suite.datasets, suite.fit), methods: learning } };
}

/**
 * Lets every contender that learns do so, once for each budget, on the labelled problems of one seed. `draws`: the seed's own
 * draws of the place that is evaluated. Reads the pool; with `live` also makes what a learner continues.
 */
export async function fitContenders(
  setting: RunSetting,
  contenders: readonly Contender[],
  draws: readonly Draw[],
  { sizes, signal, live }: { readonly sizes: Sizes; readonly signal: AbortSignal; readonly live?: Live },
): Promise<Fitted> {
  const learners = contenders.filter(isProcedure).filter(({ method, choice }) => learnsWith(method, choice.parameters));
  const labelled = fitSetting(setting);
  if (learners.length === 0 || !labelled) return { stateOf: () => undefined, spends: [] };
  const train = labelledDraws(
    labelled,
    draws.find((draw) => !draw.variant)!,
  );
  const own = train.find((draw) => !draw.variant)!;
  const scales = await rewardScales(setting.pool, own);
  const pools = poolsByProblem(await loadDraws(setting.pool, train, own.problems, scales));
  const reader = readerOf(own);
  const states = new Map<string, unknown>();
  const spends: FitSpend[] = [];
  for (const contender of learners) {
    const { method, choice } = contender;
    const asks = runsLive(contender) || method.needs.embeds;
    const source = asks ? new ProcedureSource(setting.pool, own, live) : undefined;
    for (const budget of setting.suite.budgets.amounts.toReversed()) {
      throwIfInterrupted(signal, "learning from labelled problems");
      const cell = procedureCell(labelled.suite, own, contender, budget, { sizes, reader, source, state: undefined });
      const problems = pools.map((pool) => orderedPools(cell, pool, 0));
      const access = openAccess(cell, problems, { random: randomOf(cell, ["fit"], 0), signal });
      const labels = labelledStream(problems, access, reader);
      const state = await method.fit!(labels, access, choice.parameters);
      states.set(stateKey(contender, budget), state);
      const spend = sumOf(problems.map(({ view }) => access.ledger(view.id)));
      const curves = (state as Curves | undefined)?.curves ?? {};
      spends.push({ contender, budget, spend, problems: problems.length, curves });
    }
  }
  return { stateOf: (contender, budget) => states.get(stateKey(contender, budget)), spends };
}

function labelledDraws(labelled: RunSetting, { dataset, model, decoding, seed }: Draw): readonly Draw[] {
  return drawsOf(labelled).filter(
    (draw) => draw.dataset === dataset && draw.model === model && draw.decoding === decoding && draw.seed === seed,
  );
}

/** The one way by which a method comes to grades: of samples that it drew for these problems. */
function labelledStream(problems: readonly AccessProblem[], access: PoolAccess, reader: Reader): LabelledStream {
  return Object.freeze({
    problems: problems.map(({ view }) => view),
    grades: (drawn: readonly Drawn[]) =>
      Promise.resolve(
        Float64Array.from(drawn, ({ id }) => {
          const { problem, text, answerKey, pooled } = access.handed(id);
          return pooled ? pooled.pool.grades[pooled.index]! : reader.gradeOf(problem, text, answerKey);
        }),
      ),
  });
}

function stateKey({ method, parameters, rewardModel }: Contender, budget: number): string {
  return [method.name, parameters, rewardModel, budget].join("\n");
}

function sumOf(spends: readonly Spend[]): Spend {
  const ledger = new Ledger();
  for (const spend of spends) ledger.add(spend);
  return ledger.total;
}
