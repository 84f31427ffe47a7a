import { stream, type Method } from "@touchstone/core";
import { ADAPTIVE } from "@touchstone/stats";
import {
  studyAllocation,
  type AllocationOutcome,
  type AllocationPolicy,
  type AllocationProblem,
  type AllocationStudy,
} from "../allocation.ts";
import type { AllocationMetric } from "../allocation-metrics.ts";
import type { BatchEstimate } from "../allocation-estimate.ts";
import { cellOf, cellOfSide, type CellValues, type SettingTables } from "./cells.ts";
import type { AllocationCase, Claim, ClaimSetting, InformationCase, PairedCase, SpreadChoice } from "./claim.ts";
import { judgeTrained } from "./judge-trained.ts";
import { decide, decideAll, type Decision, type Effect } from "./decision.ts";
import { informationEffect, pairedEffect, winRateDifference, winRateEffect } from "./effects.ts";
import { forCase } from "./suite-of.ts";
import type { TrainedResults } from "./trained.ts";
import type { Verdict, VerdictRow } from "./verdicts.ts";

/** What one problem's choice among reward models was. */
export interface Choice {
  readonly cluster: string;
  /** Share of each reward model, in one order. */
  readonly shares: readonly number[];
}

/** What was measured, by the names of settings. */
export interface Evidence {
  readonly methods: readonly Method[];
  readonly tables: (setting: string, on: "test" | "validation") => SettingTables;
  readonly rewards: (setting: string, rewardModel: string) => readonly AllocationProblem[];
  readonly choices: (
    setting: string,
    cell: InformationCase["cell"],
    row: "validation" | "comparison",
  ) => readonly Choice[];
  /** What an experiment that trains policies wrote. */
  readonly trained: (experiment: string) => TrainedResults;
  /** The deliberate flaw of a reward model, or null. */
  readonly planted: (rewardModel: string) => string | null;
  /** Told every study of allocation, for a table of its own. */
  readonly onStudy?: (played: PlayedStudy) => void;
  /** Smaller than the claim says: effects are shown, nothing is decided. */
  readonly descriptive: boolean;
}

/** A study of allocation that was played, and where. */
export interface PlayedStudy {
  readonly setting: ClaimSetting;
  readonly rewardModel: string;
  readonly study: Omit<AllocationStudy, "problems">;
  readonly outcomes: readonly AllocationOutcome[];
}

/** Seed of everything that judging draws: partitions, plays, permutations. */
const SEED = 20261120;

/** The verdict of a claim in each of the places at `indices` of its cases. */
export function judge(claim: Claim, indices: readonly number[], evidence: Evidence): readonly Verdict[] {
  const { measure } = claim;
  switch (measure.kind) {
    case "paired":
      return indices.map((i) => judgePaired(claim, measure.cases[i]!, evidence));
    case "allocation":
      return indices.map((i) => judgeAllocation(claim, measure.cases[i]!, evidence));
    case "information":
      return indices.map((i) => judgeInformation(claim, measure.cases[i]!, evidence));
    case "trained":
      return indices.map((i) => {
        const one = measure.cases[i]!;
        return judgeTrained(claim, one, placeOf({ ...one, setting: one }), evidence);
      });
    case "elsewhere":
      return [notRun(claim, "", `needs ${measure.needs}: ${measure.why}`)];
  }
}

/** A claim that cannot be judged here, and why. */
export function notRun(claim: Claim, place: string, reason: string): Verdict {
  return {
    claim,
    place,
    planted: null,
    outcome: "not run here",
    reason,
    rows: [],
    p: Number.NaN,
    smallerThanDelta: false,
    needed: null,
  };
}

export function placeOf({
  setting,
  rewardModel = "",
}: {
  readonly setting: Pick<ClaimSetting, "dataset">;
  readonly rewardModel?: string;
}): string {
  return [setting.dataset, rewardModel].filter((part) => part !== "").join(", ");
}

function judgePaired(claim: Claim, one: PairedCase, evidence: Evidence): Verdict {
  const { rewardModel } = one;
  const rows: VerdictRow[] = [];
  const decisions: Decision[] = [];
  for (const [part, { left, right, level = false, setting = one.setting }] of one.parts.entries()) {
    const tables = evidence.tables(setting.name, "test");
    const validation = [left, right].every((side) => "method" in side)
      ? undefined
      : evidence.tables(setting.name, "validation");
    const sides = [left, right].map((side) => cellOfSide(side, rewardModel, validation, evidence.methods));
    const cells = (row: "validation" | "comparison"): readonly CellValues[] =>
      sides.map((cell) => cellOf(tables, evidence.methods, forCase(cell, rewardModel), row));
    const chosen = cells("validation");
    const fixed = cells("comparison");
    const tuned = chosen.some((cell) => cell.tuned);
    const verdictRow = tuned ? claim.verdictOf : "comparison";
    for (const [row, [a, b]] of [...(tuned ? [["validation", chosen] as const] : []), ["comparison", fixed] as const]) {
      const effect = pairedEffect(a!.values, b!.values);
      const decision = decide(effect, { delta: claim.delta, level: level || claim.level === true });
      if (row === verdictRow) decisions.push(decision);
      rows.push({
        ...rowOf(effect, decision),
        row,
        part,
        left: a!.label,
        right: b!.label,
        leftMean: a!.mean,
        rightMean: b!.mean,
      });
    }
  }
  return verdict(claim, placeOf(one), evidence, rewardModel, rows, decisions);
}

function judgeAllocation(claim: Claim, one: AllocationCase, evidence: Evidence): Verdict {
  const { against, batchSize, minusBatchSize, rewardModel } = one;
  const estimate = playAllocation(one, batchSize, evidence);
  const other = minusBatchSize === undefined ? undefined : playAllocation(one, minusBatchSize, evidence);
  const effect = other ? winRateDifference(estimate, other) : winRateEffect(estimate);
  const decision = decide(effect, { delta: claim.delta, level: claim.level === true });
  const name = (choice: SpreadChoice): string => `${choice.rule}, d = ${choice.exploration} B`;
  const rival = against === "uniform" ? "uniform" : against === "uniform-larger" ? "uniform at 1.2 B" : name(against);
  const row: VerdictRow = {
    ...rowOf(effect, decision),
    row: "comparison",
    part: 0,
    left: `${name(one.policy)}, K = ${batchSize}`,
    right: other ? `the same, K = ${minusBatchSize}` : rival,
    leftMean: estimate.estimate,
    rightMean: other ? other.estimate : 0.5,
  };
  return verdict(claim, placeOf(one), evidence, rewardModel, [row], [decision]);
}

function playAllocation(one: AllocationCase, batchSize: number, evidence: Evidence): BatchEstimate {
  const { setting, rewardModel, budget, against } = one;
  const study = {
    batchSize,
    budget,
    policies: [policyOf(one.policy)],
    ...(typeof against === "string" ? {} : { comparator: policyOf(against) }),
    seed: SEED,
  };
  const outcomes = studyAllocation({ ...study, problems: evidence.rewards(setting.name, rewardModel) });
  evidence.onStudy?.({ setting, rewardModel, study, outcomes });
  const [played] = outcomes;
  const metric: AllocationMetric = against === "uniform-larger" ? "batch_win_rate_larger" : "batch_win_rate";
  return played!.metrics.get(metric)!;
}

function policyOf({ exploration, rule }: SpreadChoice): AllocationPolicy {
  return { name: rule, exploration, rule: rule === "adaptive" ? ADAPTIVE : { ...ADAPTIVE, allocation: rule } };
}

function judgeInformation(claim: Claim, one: InformationCase, evidence: Evidence): Verdict {
  const rows: VerdictRow[] = [];
  const decisions: Decision[] = [];
  for (const row of ["validation", "comparison"] as const) {
    const items = evidence.choices(one.setting.name, one.cell, row).map(({ cluster, shares }) => ({
      cluster,
      shares,
      label: familyOf(cluster, one.families),
    }));
    const effect = informationEffect(items, stream(SEED, "claims", claim.id, row), one.permutations);
    const decision = decide(effect, { delta: claim.delta });
    if (row === claim.verdictOf) decisions.push(decision);
    rows.push({
      ...rowOf(effect, decision),
      row,
      part: 0,
      left: "bits about the family of constraints",
      right: `the mean of ${one.permutations} permutations`,
      leftMean: Number.NaN,
      rightMean: Number.NaN,
    });
  }
  return verdict(claim, placeOf(one), evidence, "", rows, decisions);
}

/** A cluster's id names its kinds of constraint between dots: the family that most of them are of, or `mixed`. */
export function familyOf(cluster: string, families: InformationCase["families"]): string {
  const kinds = cluster.split(".");
  const counts = Object.entries(families).map(([family, members]) => ({
    family,
    count: kinds.filter((kind) => members.includes(kind)).length,
  }));
  const most = Math.max(...counts.map(({ count }) => count));
  const [first, ...others] = counts.filter(({ count }) => count === most);
  return others.length > 0 || most === 0 ? "mixed" : first!.family;
}

function rowOf({ estimate, standardError, n, unit }: Effect, { low, high }: Decision) {
  return { estimate, standardError, low, high, n, unit };
}

function verdict(
  claim: Claim,
  place: string,
  { planted, descriptive }: Evidence,
  rewardModel: string,
  rows: readonly VerdictRow[],
  decisions: readonly Decision[],
): Verdict {
  const common = { claim, place, planted: rewardModel === "" ? null : planted(rewardModel), reason: "", rows };
  if (descriptive) return { ...common, outcome: "descriptive", p: Number.NaN, smallerThanDelta: false, needed: null };
  return { ...common, ...decideAll(decisions) };
}
