import type { EffectRow } from "@touchstone/core";
import { fixed } from "@touchstone/report/view";

/** Of the columns of effects. */
export const METRIC_NAMES: Readonly<Record<string, string>> = {
  j_n: "best-of-N reward A",
  j_1: "mean reward A",
  gold_n: "gold of best-of-N",
  second_n: "reward B of best-of-N",
};

export function whereOf({ at, kl }: Pick<EffectRow, "at" | "kl">): string {
  return at === "chosen-rate" ? "chosen rate" : `matched KL${kl === null ? "" : ` (${fixed(kl, 2)})`}`;
}

/** `5 seeds`, or `36 problems, descriptive`. */
export function basisOf({ unit, n, descriptive }: Pick<EffectRow, "unit" | "n" | "descriptive">): string {
  return `${n} ${unit}s${descriptive ? ", descriptive" : ""}`;
}

export function intervalOf({ ci_low: low, ci_high: high }: Pick<EffectRow, "ci_low" | "ci_high">): string {
  return low === null || high === null ? "no interval" : `${fixed(low, 3)} to ${fixed(high, 3)}`;
}
