import { cellOf } from "./cells.ts";
import type { Claim, TrainedCase, TrainedPart } from "./claim.ts";
import { decide, decideAll, type Decision } from "./decision.ts";
import type { Evidence } from "./judge.ts";
import { forCase } from "./suite-of.ts";
import {
  SEEDS_OF_A_VERDICT,
  trainedDifference,
  trainedSaving,
  untrainedDifference,
  type TrainedEffect,
  type TrainedResults,
} from "./trained.ts";
import type { Verdict, VerdictRow } from "./verdicts.ts";

/**
 * The verdict on policies that an experiment trained, seed by seed. Fewer than five seeds, or an experiment that calls itself too small, are
 * described and decide nothing. What is only bounded from above is never "reproduced".
 */
export function judgeTrained(claim: Claim, one: TrainedCase, place: string, evidence: Evidence): Verdict {
  const results = evidence.trained(one.experiment);
  const rows: VerdictRow[] = [];
  const decisions: Decision[] = [];
  const remarks: string[] = [];
  for (const [index, part] of one.parts.entries()) {
    for (const { row, decides, left, right, effect } of readings(part, claim, one.rewardModel, evidence, results)) {
      const decision = decideBounded(claim, effect);
      if (decides) decisions.push(decision);
      if (decides && effect.remark !== "") remarks.push(effect.remark);
      const { estimate, standardError, n, unit } = effect.effect;
      rows.push({
        row,
        part: index,
        left,
        right,
        leftMean: effect.leftMean,
        rightMean: effect.rightMean,
        estimate,
        standardError,
        low: decision.low,
        high: decision.high,
        n,
        unit,
      });
    }
  }
  const seeds = Math.min(...rows.map(({ n }) => n));
  const common = {
    claim,
    place,
    planted: one.rewardModel === "" ? null : evidence.planted(one.rewardModel),
    rows,
  };
  if (evidence.descriptive || results.smoke || !(seeds >= SEEDS_OF_A_VERDICT)) {
    const why = results.smoke
      ? `${one.experiment} is too small for a verdict`
      : evidence.descriptive
        ? ""
        : `${seeds} of the ${SEEDS_OF_A_VERDICT} seeds that a verdict needs`;
    return {
      ...common,
      outcome: "descriptive",
      reason: [why, ...remarks].filter((text) => text !== "").join("; "),
      p: Number.NaN,
      smallerThanDelta: false,
      needed: null,
    };
  }
  return { ...common, reason: remarks.join("; "), ...decideAll(decisions) };
}

interface Reading extends Pick<VerdictRow, "row" | "left" | "right"> {
  readonly decides: boolean;
  readonly effect: TrainedEffect;
}

/** A part is read once; one with an untrained side whose parameters validation chose, twice. */
function readings(
  part: TrainedPart,
  { verdictOf }: Claim,
  rewardModel: string,
  evidence: Evidence,
  results: TrainedResults,
): readonly Reading[] {
  // Learning rates were chosen on validation.
  const once = { row: verdictOf, decides: true };
  if ("saving" in part) {
    const { left, right } = part.saving;
    return [{ ...once, left: left.label, right: right.label, effect: trainedSaving(part.saving, results) }];
  }
  const { left, right } = part;
  if (!("cell" in left))
    return [{ ...once, left: left.label, right: right.label, effect: trainedDifference(left, right, results) }];
  const tables = evidence.tables(left.setting.name, "test");
  const [chosen, fixed] = (["validation", "comparison"] as const).map((row) => {
    const { label, values, tuned } = cellOf(tables, evidence.methods, forCase(left.cell, rewardModel), row);
    return { row, tuned, left: label, right: right.label, effect: untrainedDifference(values, right, results) };
  });
  return chosen!.tuned
    ? [chosen!, fixed!].map((one) => ({ ...one, decides: one.row === verdictOf }))
    : [{ ...fixed!, decides: true }];
}

function decideBounded(claim: Claim, { effect, bounded }: TrainedEffect): Decision {
  const decision = decide(effect, { delta: claim.delta, level: claim.level === true });
  if (!bounded || decision.outcome !== "reproduced") return decision;
  return { ...decision, outcome: "undecided", smallerThanDelta: false, needed: null };
}
