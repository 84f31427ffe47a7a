import { stream, TouchstoneError, type AdvantageEstimator } from "@touchstone/core";
import { advantageTrial, trialGroups, type AdvantageContractOptions, type AdvantageTrial } from "./advantage-trial.ts";
import { describesItself, refusesUnknownParameters } from "./face-laws.ts";
import { finding, show, type Finding, type Violation } from "./violation.ts";

/** The laws of an advantage estimator by name; each says what it saw where it is broken. */
export const ADVANTAGE_LAWS = {
  "says what it is": ({ estimator }) => describesItself(estimator),
  "has defaults and refuses unknown parameters": ({ estimator }) => refusesUnknownParameters(estimator),
  "one finite advantage a rollout": oneFiniteAdvantageEach,
  "equal rewards have no advantage": equalRewardsAreZero,
  "what is added to all rewards does not matter": shiftDoesNotMatter,
  "scales as it says": scalesAsItSays,
  "the order of the rollouts matters as it says": orderMattersAsItSays,
  "the 1/m is inside": groupSizeIsInside,
  "pushes towards higher rewards": pushesUp,
  "same rewards, same advantages": computesTheSameAgain,
  "leaves its inputs as they are": leavesInputsAlone,
  "refuses failed rewards": refusesFailedRewards,
  "refuses an n that is no number of samples": refusesBadN,
  "has a plan or a clear error for every size": plansEverySize,
} satisfies Record<string, (trial: AdvantageTrial) => Finding>;

export type AdvantageLaw = keyof typeof ADVANTAGE_LAWS;

/** Tries every law; an empty list means that the estimator keeps the contract. */
export function checkAdvantageEstimator(
  estimator: AdvantageEstimator,
  options: AdvantageContractOptions = {},
): Violation<AdvantageLaw>[] {
  const trial = advantageTrial(estimator, options);
  return (Object.keys(ADVANTAGE_LAWS) as AdvantageLaw[]).flatMap((law) => {
    const detail = finding(() => ADVANTAGE_LAWS[law](trial));
    return detail === undefined ? [] : [{ law, detail }];
  });
}

function oneFiniteAdvantageEach(trial: AdvantageTrial): Finding {
  for (const { name, rewards } of trialGroups(trial)) {
    const advantages = trial.estimator.advantages(rewards, trial.options);
    const valid = advantages.length === rewards.length && advantages.every(Number.isFinite);
    if (!valid) return `${name}: ${show(advantages)}`;
  }
  return undefined;
}

function equalRewardsAreZero({ estimator, options, sizes }: AdvantageTrial): Finding {
  for (const size of sizes) {
    // .1 + .2 has no exact mean.
    for (const reward of [0, -3, 0.1 + 0.2, 1e9]) {
      const advantages = estimator.advantages(new Float64Array(size).fill(reward), options);
      if (!advantages.every((advantage) => advantage === 0)) return `${size} times ${reward}: ${show(advantages)}`;
    }
  }
  return undefined;
}

function shiftDoesNotMatter(trial: AdvantageTrial): Finding {
  for (const { name, rewards } of trialGroups(trial)) {
    // A power of two and multiples of it are added exactly to most rewards; what is rounded is allowed for.
    const shifted = rewards.map((reward) => reward + 8);
    const before = trial.estimator.advantages(rewards, trial.options);
    const difference = differenceOf(before, trial.estimator.advantages(shifted, trial.options), 1e-8);
    if (difference) return `${name} with 8 added: ${difference}`;
  }
  return undefined;
}

function scalesAsItSays(trial: AdvantageTrial): Finding {
  const { estimator, options } = trial;
  for (const { name, rewards } of trialGroups(trial)) {
    const expected = estimator.advantages(rewards, options).map((advantage) => advantage * 4 ** estimator.degree);
    const received = estimator.advantages(
      rewards.map((reward) => 4 * reward),
      options,
    );
    // An estimator of degree 0 may guard its division by a small number.
    const difference = differenceOf(expected, received, estimator.degree === 0 ? 1e-2 : 1e-8);
    if (difference) return `${name} times 4: ${difference}`;
  }
  return undefined;
}

function orderMattersAsItSays(trial: AdvantageTrial): Finding {
  const { estimator, options, seed, tolerance } = trial;
  for (const { name, rewards } of trialGroups(trial)) {
    const { length } = rewards;
    const turn = 1 + (length >> 2);
    const order = estimator.exchangeable
      ? stream(seed, "order", name).permutation(length)
      : Uint32Array.from(rewards, (_, i) => (i + turn) % length);
    const before = estimator.advantages(rewards, options);
    const expected = Float64Array.from(order, (i) => before[i]!);
    const received = estimator.advantages(
      Float64Array.from(order, (i) => rewards[i]!),
      options,
    );
    const difference = differenceOf(expected, received, Math.max(tolerance, 1e-8));
    if (difference) return `${name} in order ${show(order)}: ${difference}`;
  }
  return undefined;
}

/** Of a sum over rollouts that stands for one gradient, the size does not grow with their number. */
function groupSizeIsInside(trial: AdvantageTrial): Finding {
  const [small, large] = [32, 512];
  const options = { ...trial.options, n: 16 };
  const size = (count: number) => {
    const random = stream(trial.seed, "size", count);
    let total = 0;
    for (let group = 0; group < 12; group++) {
      const rewards = Float64Array.from({ length: count }, () => random.normal());
      total += trial.estimator.advantages(rewards, options).reduce((sum, value) => sum + Math.abs(value), 0);
    }
    return total;
  };
  const ratio = size(large) / size(small);
  return ratio > 1 / 4 && ratio < 4
    ? undefined
    : `Σ|A| in groups of ${large} is ${ratio.toPrecision(3)} times that of ${small}`;
}

/** For rewards that are the actions of a normal policy, the mean gradient of its location is positive. */
function pushesUp({ estimator, options, sizes, seed }: AdvantageTrial): Finding {
  const random = stream(seed, "location");
  let gradient = 0;
  for (let group = 0; group < 400; group++) {
    const rewards = Float64Array.from({ length: sizes[0]! }, () => random.normal());
    const advantages = estimator.advantages(rewards, options);
    gradient += advantages.reduce((sum, advantage, i) => sum + advantage * rewards[i]!, 0) / 400;
  }
  return gradient > 0 ? undefined : `mean gradient of the location ${gradient}`;
}

function computesTheSameAgain(trial: AdvantageTrial): Finding {
  let earlier: { name: string; advantages: Float64Array; copy: Float64Array } | undefined;
  for (const { name, rewards } of trialGroups(trial)) {
    const advantages = trial.estimator.advantages(rewards, trial.options);
    const copy = advantages.slice();
    const difference = differenceOf(copy, trial.estimator.advantages(rewards, trial.options), 0);
    if (difference) return `${name}: ${difference}`;
    const changed = earlier && differenceOf(earlier.copy, earlier.advantages, 0);
    if (earlier && changed) return `${earlier.name}: changed when the next was computed: ${changed}`;
    earlier = { name, advantages, copy };
  }
  return undefined;
}

function leavesInputsAlone(trial: AdvantageTrial): Finding {
  for (const { name, rewards } of trialGroups(trial)) {
    const before = rewards.slice();
    const advantages = trial.estimator.advantages(rewards, Object.freeze(trial.options));
    if (differenceOf(before, rewards, 0)) return `${name}: rewards became ${show(rewards)}, were ${show(before)}`;
    if (advantages.buffer === rewards.buffer) return `${name}: the advantages are the array of rewards`;
  }
  return undefined;
}

function refusesFailedRewards({ estimator, options, sizes }: AdvantageTrial): Finding {
  for (const failed of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const rewards = Float64Array.from({ length: sizes[0]! }, (_, i) => (i === 1 ? failed : i));
    const received = refusalOf(() => estimator.advantages(rewards, options));
    if (received !== "invalid-reward") return `a reward of ${failed}: ${received}`;
  }
  return undefined;
}

function refusesBadN({ estimator, options, sizes }: AdvantageTrial): Finding {
  for (const n of [0, -4, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    const received = refusalOf(() => estimator.plan(sizes[0]!, { ...options, n }));
    if (received !== "bad-n") return `n = ${n}: ${received}`;
  }
  return undefined;
}

function plansEverySize({ estimator, options }: AdvantageTrial): Finding {
  for (let size = 1; size <= 20; size++) {
    const rewards = Float64Array.from({ length: size }, (_, i) => i * i);
    let refused: string | undefined;
    try {
      const { used, warnings } = estimator.plan(size, options);
      if (!Object.values(used).every((value) => typeof value === "number")) return `what is used must be numbers`;
      if (warnings.includes("")) return `an empty warning for ${size} rollouts`;
    } catch (error) {
      if (!(error instanceof TouchstoneError)) throw error;
      refused = error.code;
    }
    if (refused !== undefined) {
      const received = refusalOf(() => estimator.advantages(rewards, options));
      if (refused !== "group-too-small" || received !== refused) {
        return `${size} rollouts: the plan is ${refused}, the advantages are ${received}`;
      }
    } else if (!estimator.advantages(rewards, options).every(Number.isFinite)) {
      return `${size} rollouts: ${show(estimator.advantages(rewards, options))}`;
    }
  }
  return undefined;
}

/** The code of the error that a user would see. */
function refusalOf(act: () => unknown): string {
  try {
    act();
    return "accepted";
  } catch (error) {
    return error instanceof TouchstoneError ? error.code : String(error);
  }
}

/** `tolerance` is relative to the largest of the expected values; NaN is equal to nothing. */
function differenceOf(expected: Float64Array, received: Float64Array, tolerance: number): Finding {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const same =
    expected.length === received.length &&
    expected.every((value, i) => Math.abs(value - received[i]!) <= tolerance * largest);
  return same ? undefined : `expected ${show(expected)}, received ${show(received)}`;
}
