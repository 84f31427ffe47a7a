import {
  defineProcedure,
  TouchstoneError,
  type Access,
  type Budget,
  type Decision,
  type Drawn,
  type ProblemView,
} from "@touchstone/core";
import {
  randomArms,
  rankAgreement,
  rewardsByArm,
  rewardsByModel,
  standardisedMean,
  winnersOf,
  type Scored,
} from "./choose.ts";
import { fitLaser, inRange, type LaserState } from "./fit.ts";
import { laserParameters, learnsFromLabels, type LaserParameters } from "./parameters.ts";
import { roundRobin } from "./round-robin.ts";
import { earned } from "./signal.ts";

export { rankAgreement, standardisedMean } from "./choose.ts";
export { contextMap, type ContextMap } from "./context.ts";
export { Exp3, horizonGamma } from "./exp3.ts";
export { adversarialLearner, contextualLearner, type Learner } from "./learner.ts";
export { LinUcb } from "./lin-ucb.ts";
export { RewardRange } from "./reward-range.ts";

/**
 * LASeR at test time: a bandit over reward models learns on labelled problems which one to trust by the prompt, and best-of-n is
 * decided by the chosen one alone, the only one that is asked and paid for. Frozen while it decides, unless `online`.
 *
 * The paper trains the policy with the chosen reward models; this form for inference is ours. Abstains as undefined where the
 * budget is not in samples. Throws `unknown-reward-model` where `model` names none of the suite's.
 */
export const laser = defineProcedure<LaserParameters, LaserState | undefined>({
  name: "laser",
  summary: "Best-of-n by the reward model that a bandit chooses for the prompt.",
  reference: {
    title: "LASeR: Learning to Adaptively Select Reward Models with Multi-Armed Bandits",
    authors: "Nguyen et al.",
    year: 2024,
    source: "arXiv:2410.01735",
  },
  needs: { rewards: "all", answers: true, embeds: true, learns: learnsFromLabels, undefinedAt },
  parameters: laserParameters,
  search: {
    knobs: { alpha: { scale: "log", from: 0.01, to: 3 }, centred: { scale: "choice", values: [false, true] } },
  },

  fit: (train, access, parameters) =>
    access.budget.unit === "samples" ? fitLaser(train, access, parameters) : Promise.resolve({}),

  async decide(problems, access, parameters, state) {
    const reason = undefinedAt(parameters, access.budget);
    if (reason !== undefined) return problems.map(() => ({ kind: "abstained", reason }));
    const count = Math.floor(access.budget.amount);
    const drawn = await access.draw(problems.map((problem) => ({ problem, count })));
    if (parameters.policy === "standardised-mean" || parameters.policy === "rank-agreement") {
      const combine = parameters.policy === "standardised-mean" ? standardisedMean : rankAgreement;
      const rewards = await rewardsByModel(access, drawn);
      return drawn.map((samples, i) => decision({ drawn: samples, scores: combine(rewards[i]!) }, {}));
    }
    const given = { problems, access, parameters, state: state ?? {} };
    if (parameters.online) return decideOnline(given, drawn);
    const arms = await frozenArms(given);
    const rewards = await rewardsByArm(access, drawn, arms);
    return drawn.map((samples, i) =>
      decision({ drawn: samples, scores: rewards[i]! }, chosen(access.rewardModels, arms[i]!)),
    );
  },
});

function undefinedAt(_: LaserParameters, { unit }: Budget): string | undefined {
  return unit === "samples"
    ? undefined
    : `undefined: n draws of every problem are needed, and the budget is in ${unit}`;
}

interface Given {
  readonly problems: readonly ProblemView[];
  readonly access: Access;
  readonly parameters: LaserParameters;
  readonly state: LaserState;
}

async function frozenArms({ problems, access, parameters, state }: Given): Promise<readonly number[]> {
  if (parameters.policy === "round-robin") return roundRobin(problems, access.rewardModels.length);
  if (parameters.policy === "single") {
    const arm = parameters.model === undefined ? state.single : armNamed(parameters.model, access.rewardModels);
    return problems.map(() => arm ?? 0);
  }
  const { learner } = state;
  if (parameters.policy === "random" || !learner) return randomArms(access, problems);
  const contexts = await contextsOf(problems, access, state);
  return problems.map(({ id }, i) =>
    learner.choose(contexts[i]!, access.random(`reward model ${id}`), { learning: false }),
  );
}

/** Learns from problem to problem, on copies of what it learned before, so that deciding again decides the same. */
async function decideOnline(
  { problems, access, parameters, state }: Given,
  drawn: readonly (readonly Drawn[])[],
): Promise<readonly Decision[]> {
  const [learner, range] = [state.learner?.copy(), state.range?.copy()];
  if (!learner || !range) {
    const reason = "undefined: there were no problems to start learning from";
    return problems.map(() => ({ kind: "abstained", reason }));
  }
  const contexts = await contextsOf(problems, access, state);
  const decisions: Decision[] = [];
  for (const [i, { id }] of problems.entries()) {
    const arm = learner.choose(contexts[i]!, access.random(`reward model ${id}`), { learning: true });
    const scored = { drawn: drawn[i]!, scores: (await rewardsByArm(access, [drawn[i]!], [arm]))[0]! };
    decisions.push(decision(scored, chosen(access.rewardModels, arm)));
    const signal = await earned(parameters.signal, scored, undefined);
    learner.learn(arm, contexts[i]!, inRange(signal, parameters, range));
  }
  return decisions;
}

async function contextsOf(
  problems: readonly ProblemView[],
  access: Access,
  { contexts }: LaserState,
): Promise<readonly Float64Array[]> {
  if (!contexts) return problems.map(() => new Float64Array());
  return (await access.embed(problems)).map((embedding) => contexts.context(embedding));
}

function decision(scored: Scored, diagnostics: Readonly<Record<string, number>>): Decision {
  const weights = winnersOf(scored);
  if (!weights) return { kind: "abstained", reason: "no sample has a valid reward", diagnostics };
  return { kind: "decided", weights, diagnostics };
}

/** 1 for the reward model that decided, 0 for the others: the means over problems are its shares. */
function chosen(models: readonly string[], arm: number): Readonly<Record<string, number>> {
  return Object.fromEntries(models.map((model, i) => [`chose_${model}`, i === arm ? 1 : 0]));
}

function armNamed(model: string, models: readonly string[]): number {
  const arm = models.indexOf(model);
  if (arm >= 0) return arm;
  throw new TouchstoneError({
    code: "unknown-reward-model",
    family: "usage",
    what: "laser was given the name of a reward model that this suite does not have.",
    value: model,
    fix: `Name one of: ${models.join(", ")}.`,
  });
}
