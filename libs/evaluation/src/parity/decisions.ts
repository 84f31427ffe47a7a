import type { Method, Selector } from "@touchstone/core";
import { contendersOf } from "../cells.ts";
import type { Draw } from "../draws.ts";
import type { RunSetting } from "../setting.ts";
import type { MethodChoice } from "../suite-schema.ts";
import { flipsOfAcceptance, flipsOfSelector, type Twin } from "./flips.ts";
import type { DecisionRow } from "./parity.ts";

/** Power sampling's exponent (Karan and Du 2025, arXiv:2510.14901: α = 4). */
const POWER = 4;
/** QAlign's temperature in units of the reward model's scale: ours; docs/methods says what the paper uses. */
const BETA = 1;

interface DecisionOptions {
  readonly seed: number;
  readonly dataset: string;
  readonly replicates: number;
  readonly methods: readonly Method[];
  readonly choices: readonly MethodChoice[];
  /** Sizes of subsets, each at most the number of samples. */
  readonly sizes: readonly number[];
}

/** What the suite of a comparison says about decisions. */
export function decisionOptions({ suite, methods }: RunSetting, draw: Draw): DecisionOptions {
  return {
    seed: draw.seed,
    dataset: draw.dataset.name,
    replicates: suite.replicates,
    methods,
    choices: suite.methods,
    sizes: suite.budgets.amounts.filter((n) => n <= draw.count),
  };
}

/** Every selector at every size, with every reward model that the samples have. */
export function selectorRows(twins: readonly Twin[], options: DecisionOptions): DecisionRow[] {
  const first = twins[0];
  if (!first) return [];
  const { methods, choices, dataset } = options;
  const place = { dataset, model: "", decoding: "" };
  return contendersOf({ methods: [...choices] }, methods, [...first.a.rewards.keys()], place).flatMap((contender) => {
    const { method } = contender;
    if (method.kind !== "selector") return [];
    const selector = { ...contender, method: method as Selector };
    return options.sizes.map((n) => flipsOfSelector(twins, selector, n, options));
  });
}

/**
 * A step of power sampling whose proposal is a fresh response at temperature 1: the target is p^α and the proposal p, so that the ratio is
 * (p(y′)/p(y))^(α − 1).
 */
export function powerRow(twins: readonly Twin[]): DecisionRow {
  return flipsOfAcceptance(
    twins,
    { method: "power-sampling step", parameters: JSON.stringify({ alpha: POWER }), rewardModel: "" },
    ({ logProbability }, from, to) => (POWER - 1) * (logProbability[to]! - logProbability[from]!),
  );
}

/** A step of QAlign whose proposal is a fresh response: the ratio is exp((r′ − r)/β), β one unit of A's reward scale. */
export function qalignRow(twins: readonly Twin[], rewardModel: string): DecisionRow {
  const scale = twins[0]?.a.rewards.get(rewardModel)?.scale ?? 1;
  return flipsOfAcceptance(
    twins,
    { method: "qalign step", parameters: JSON.stringify({ beta: BETA, unit: "sd" }), rewardModel },
    ({ rewards }, from, to) => {
      const { values } = rewards.get(rewardModel)!;
      return (values[to]! - values[from]!) / (BETA * scale);
    },
  );
}
