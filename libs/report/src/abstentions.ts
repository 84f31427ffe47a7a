import type { DiagnosticRow } from "@touchstone/core";
import type { Series } from "./series.ts";
import type { Setting } from "./settings.ts";

/** How often a method gave no answer at a budget, and why. */
export interface Abstention {
  readonly reason: string;
  /** Of the problems; mean over replicates and seeds. */
  readonly share: number;
}

/** Why a method abstained at a budget, the most frequent reason first. Empty where it decided, or where the run does not say. */
export function abstentionsOf(
  diagnostics: readonly DiagnosticRow[],
  { dataset, split, model, decoding }: Setting,
  { method, parameters, rewardModel }: Series,
  budget: number,
): Abstention[] {
  return diagnostics
    .filter(
      (row) =>
        row.dataset === dataset &&
        row.split === split &&
        row.model === model &&
        row.decoding === decoding &&
        (row.subject === method || row.subject === `${method} ${parameters}`) &&
        row.reward_model === rewardModel &&
        row.budget === budget,
    )
    .flatMap(({ name, value }) => {
      // What core's `abstainedFor` names; core itself would bring its schemas into the page.
      const reason = /^abstained: (.+)$/s.exec(name)?.[1];
      return reason !== undefined && value !== null && value > 0 ? [{ reason, share: value }] : [];
    })
    .toSorted((a, b) => b.share - a.share);
}
