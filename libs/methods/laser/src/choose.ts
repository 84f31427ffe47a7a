import type { Access, Drawn, ProblemView } from "@touchstone/core";
import { massOnHighest, mean, midRanks, standardDeviation } from "@touchstone/stats";

/** One problem's draws with the scores that decide among them; NaN never wins. */
export interface Scored {
  readonly drawn: readonly Drawn[];
  readonly scores: Float64Array;
}

/** Weights of the draws with the highest score, ties sharing the mass; `undefined` where no score is valid. */
export function winnersOf({
  drawn,
  scores,
}: Scored): readonly { readonly id: string; readonly weight: number }[] | undefined {
  const mass = massOnHighest(scores);
  return mass && [...mass.weights].flatMap((weight, i) => (weight > 0 ? [{ id: drawn[i]!.id, weight }] : []));
}

/** Asks each problem's reward model for its rewards: one call a model, and only its own problems in it. */
export async function rewardsByArm(
  access: Access,
  drawn: readonly (readonly Drawn[])[],
  arms: readonly number[],
): Promise<Float64Array[]> {
  const rewards: Float64Array[] = drawn.map(() => new Float64Array());
  for (const [arm, model] of access.rewardModels.entries()) {
    const mine = [...arms.keys()].filter((i) => arms[i] === arm);
    if (mine.length === 0) continue;
    const values = await access.reward(
      mine.flatMap((i) => drawn[i]!),
      model,
    );
    let start = 0;
    for (const i of mine) rewards[i] = values.slice(start, (start += drawn[i]!.length));
  }
  return rewards;
}

/** All reward models on all draws: by problem, then model. */
export async function rewardsByModel(
  access: Access,
  drawn: readonly (readonly Drawn[])[],
): Promise<readonly (readonly Float64Array[])[]> {
  const byModel: Float64Array[][] = [];
  for (const arm of access.rewardModels.keys())
    byModel.push(
      await rewardsByArm(
        access,
        drawn,
        drawn.map(() => arm),
      ),
    );
  return drawn.map((_, i) => byModel.map((rewards) => rewards[i]!));
}

/** The mean over reward models of the scores standardised within the problem; of the valid ones where a model failed. */
export function standardisedMean(rewards: readonly Float64Array[]): Float64Array {
  return meanOfValid(
    rewards.map((values) => {
      const valid = values.filter((value) => !Number.isNaN(value));
      const [centre, deviation] = [mean(valid), standardDeviation(valid)];
      const standardised = (value: number) => (deviation > 0 ? (value - centre) / deviation : 0);
      return values.map((value) => (Number.isNaN(value) ? Number.NaN : standardised(value)));
    }),
  );
}

/** The mean over reward models of the rank among the problem's draws, 1 the best and 0 the worst, ties at their mean. */
export function rankAgreement(rewards: readonly Float64Array[]): Float64Array {
  return meanOfValid(
    rewards.map((values) => {
      const valid = values.filter((value) => !Number.isNaN(value));
      const ranks = midRanks(valid);
      let next = 0;
      return values.map((value) =>
        Number.isNaN(value) ? Number.NaN : valid.length > 1 ? (ranks[next++]! - 1) / (valid.length - 1) : 1,
      );
    }),
  );
}

function meanOfValid(scores: readonly Float64Array[]): Float64Array {
  return Float64Array.from({ length: scores[0]?.length ?? 0 }, (_, i) =>
    mean(scores.flatMap((values) => (Number.isNaN(values[i]!) ? [] : [values[i]!]))),
  );
}

/** An arm for each problem at random, keyed by the problem. */
export function randomArms(access: Access, problems: readonly ProblemView[]): readonly number[] {
  return problems.map(({ id }) => access.random(`reward model ${id}`).integer(access.rewardModels.length));
}
