import type { Access, Drawn, LabelledStream } from "@touchstone/core";
import { mean } from "@touchstone/stats";
import { rewardsByArm, rewardsByModel } from "./choose.ts";
import { contextMap, type ContextMap } from "./context.ts";
import { Exp3, horizonGamma } from "./exp3.ts";
import { adversarialLearner, contextualLearner, type Learner } from "./learner.ts";
import { LinUcb } from "./lin-ucb.ts";
import { isLearned, learnsFromLabels, type LaserParameters } from "./parameters.ts";
import { RewardRange } from "./reward-range.ts";
import { earned } from "./signal.ts";

/** What was learned from the labelled problems; empty where the policy does not learn or had nothing to learn from. */
export interface LaserState {
  readonly learner?: Learner;
  /** Absent where the learner looks at no context. */
  readonly contexts?: ContextMap;
  /** Of the signal `log-probability`, which has no range of its own. */
  readonly range?: RewardRange;
  /** The arm that earned most. */
  readonly single?: number;
  /** Cumulative regret against the best single reward model in hindsight, in units of the signal, by labelled problem. */
  readonly curves?: Readonly<Record<"regret" | "regret_of_random_choice", readonly number[]>>;
}

/** Plays the labelled problems in their order, with one draw call and one embedding call for all of them. */
export async function fitLaser(train: LabelledStream, access: Access, given: LaserParameters): Promise<LaserState> {
  const { problems } = train;
  if (problems.length === 0 || !learnsFromLabels(given)) return {};
  const learns = isLearned(given.policy);
  const count = Math.floor(access.budget.amount);
  const drawn = await access.draw(problems.map((problem) => ({ problem, count })));
  const all = given.regret || !learns ? await everySignal(train, access, given, drawn) : undefined;
  if (!learns) return { single: best(all!) };

  const embeddings = given.policy === "linucb" ? await access.embed(problems) : undefined;
  const contexts = embeddings && contextMap(embeddings, given, access.random("projection"));
  const arms = access.rewardModels.length;
  const learner = contexts
    ? contextualLearner(given.alpha, new LinUcb(arms, contexts.length, given.prior))
    : adversarialLearner(new Exp3(arms, given.gamma === "horizon" ? horizonGamma(arms, problems.length) : given.gamma));
  const range = new RewardRange();
  const random = access.random("arms");
  const played: number[] = [];
  for (const [i, samples] of drawn.entries()) {
    const context = contexts ? contexts.context(embeddings[i]!) : new Float64Array();
    const arm = learner.choose(context, random, { learning: true });
    played.push(arm);
    const signal =
      all?.[i]![arm] ??
      (await earned(
        given.signal,
        { drawn: samples, scores: (await rewardsByArm(access, [samples], [arm]))[0]! },
        train.grades,
      ));
    learner.learn(arm, context, inRange(signal, given, range));
  }
  return { learner, range, ...(contexts ? { contexts } : {}), ...(all ? { curves: regret(all, played) } : {}) };
}

/** A signal as a reward in [0, 1]; a choice that could not be made earns nothing. */
export function inRange(signal: number, { signal: kind }: LaserParameters, range: RewardRange): number {
  if (Number.isNaN(signal)) return 0;
  return kind === "log-probability" ? range.scale(signal) : signal;
}

/** What each reward model would earn on each labelled problem. */
async function everySignal(
  train: LabelledStream,
  access: Access,
  { signal }: LaserParameters,
  drawn: readonly (readonly Drawn[])[],
): Promise<readonly (readonly number[])[]> {
  const rewards = await rewardsByModel(access, drawn);
  const signals: number[][] = [];
  for (const [i, samples] of drawn.entries()) {
    const row: number[] = [];
    for (const scores of rewards[i]!) row.push(await earned(signal, { drawn: samples, scores }, train.grades));
    signals.push(row);
  }
  return signals;
}

/** The arm with the highest mean signal, problems on which an arm could not choose left out. */
function best(signals: readonly (readonly number[])[]): number {
  const means = signals[0]!.map((_, arm) => {
    const valid = signals.map((row) => row[arm]!).filter((signal) => !Number.isNaN(signal));
    return valid.length > 0 ? mean(valid) : Number.NEGATIVE_INFINITY;
  });
  return means.indexOf(Math.max(...means));
}

function regret(
  signals: readonly (readonly number[])[],
  played: readonly number[],
): Readonly<Record<"regret" | "regret_of_random_choice", readonly number[]>> {
  const hindsight = best(signals);
  const cumulative = (lost: (row: readonly number[], round: number) => number): number[] => {
    let sum = 0;
    return signals.map((row, round) => {
      // A problem on which a model failed tells nothing of regret.
      const difference = lost(row, round);
      return (sum += Number.isNaN(difference) ? 0 : difference);
    });
  };
  return {
    regret: cumulative((row, round) => row[hindsight]! - row[played[round]!]!),
    regret_of_random_choice: cumulative((row) => row[hindsight]! - mean(row)),
  };
}
