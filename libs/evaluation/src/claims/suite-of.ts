import { canonicalJson, type Method } from "@touchstone/core";
import type { SuiteInput } from "../suite-schema.ts";
import { methodNamed } from "../suite.ts";
import type { CellChoice, Claim, ClaimSetting, PairedPart, Side, TrainedPart, UntrainedSide } from "./claim.ts";

/** How much smaller than the setting says a run is; nothing: as it says. */
export interface Scale {
  readonly problems?: number;
  /** Default true. */
  readonly tuning?: boolean;
}

export interface SuiteOptions {
  readonly on: "test" | "validation";
  readonly methods: readonly Method[];
  readonly scale?: Scale;
}

/** The suite that evaluates cells in a setting: on test problems, or on the validation problems on which sides are chosen. */
export function suiteOf(
  setting: ClaimSetting,
  cells: readonly CellChoice[],
  { on, methods: known, scale = {} }: SuiteOptions,
): SuiteInput {
  const { name, dataset, model, pool, unit, decodings, tuning, fit } = setting;
  const rewardModels = setting.rewardModels.filter((one) => cells.some((cell) => reads(cell, one, known)));
  const least = (size: number): number => Math.min(size, scale.problems ?? size);
  const entries = cells.flatMap(({ method, parameters, tune }) =>
    [parameters, ...(tune ? [tune] : [])].map((given) => ({ name: method, ...(given ? { parameters: given } : {}) })),
  );
  const methods = [...new Map(entries.map((entry) => [canonicalJson(entry), entry])).values()];
  const validation = tuning?.problems ?? CHOICE_PROBLEMS;
  return {
    name: on === "test" ? name : `${name}-validation`,
    datasets: [{ name: dataset, split: on, limit: least(on === "test" ? setting.problems : validation) }],
    models: [model],
    ...(decodings
      ? { decodings: decodings.map(({ stop, ...rest }) => ({ ...rest, ...(stop ? { stop: [...stop] } : {}) })) }
      : {}),
    rewardModels,
    methods,
    budgets: { unit, amounts: [...new Set(cells.map(({ budget }) => budget))] },
    poolSize: pool,
    ...(tuning && on === "test" && scale.tuning !== false
      ? {
          tuning: {
            limit: least(tuning.problems),
            trials: tuning.trials,
            ...(tuning.budget === undefined ? {} : { budget: tuning.budget }),
          },
        }
      : {}),
    ...(fit === undefined ? {} : { fit: { limit: least(fit) } }),
  };
}

/** Whether a cell asks a reward model: its own, or all of them. */
function reads(cell: CellChoice, rewardModel: string, methods: readonly Method[]): boolean {
  const { rewards } = methodNamed(cell.method, methods).needs;
  return rewards === "all" || (rewards === "one" && (cell.rewardModel ?? rewardModel) === rewardModel);
}

/** Validation problems on which a side is chosen where the setting tunes nothing. */
const CHOICE_PROBLEMS = 200;

/** Everything that claims ask of one setting: the cells of all of them, and those among which validation chooses. */
export interface SettingWork {
  readonly setting: ClaimSetting;
  readonly cells: readonly CellChoice[];
  readonly candidates: readonly CellChoice[];
}

/** The paired and information claims by setting, so that each setting is run once. */
export function worksOf(claims: readonly Claim[]): readonly SettingWork[] {
  const works = new Map<string, { setting: ClaimSetting; cells: CellChoice[]; candidates: CellChoice[] }>();
  const workOf = (setting: ClaimSetting) => {
    const found = works.get(setting.name) ?? { setting, cells: [], candidates: [] };
    works.set(setting.name, found);
    return found;
  };
  for (const { measure } of claims) {
    if (measure.kind === "information") {
      for (const { setting, cell } of measure.cases) workOf(setting).cells.push(cell);
    }
    if (measure.kind === "trained") {
      for (const { rewardModel, parts } of measure.cases) {
        for (const { setting, cell } of untrainedSides(parts)) workOf(setting).cells.push(forCase(cell, rewardModel));
      }
    }
    if (measure.kind !== "paired") continue;
    for (const { setting, rewardModel, parts } of measure.cases) {
      for (const part of parts) {
        const work = workOf(part.setting ?? setting);
        for (const side of sidesOf(part)) {
          const cells = cellsOfSide(side).map((cell) => forCase(cell, rewardModel));
          work.cells.push(...cells);
          if (!("method" in side)) work.candidates.push(...cells);
        }
      }
    }
  }
  return [...works.values()];
}

export function sidesOf({ left, right }: PairedPart): readonly [Side, Side] {
  return [left, right];
}

/** What of a comparison of trained policies has to be evaluated without training. */
export function untrainedSides(parts: readonly TrainedPart[]): readonly UntrainedSide[] {
  return parts.flatMap((part) => ("left" in part && "cell" in part.left ? [part.left] : []));
}

export function cellsOfSide(side: Side): readonly CellChoice[] {
  if ("highest" in side) return side.highest;
  return "lowest" in side ? side.lowest : [side];
}

/** A cell with the reward model of its case, where it names none itself. */
export function forCase(cell: CellChoice, rewardModel: string): CellChoice {
  return { ...cell, rewardModel: cell.rewardModel ?? rewardModel };
}
