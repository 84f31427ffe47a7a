import type { Bar } from "../bars.ts";

export const POLICY_BARS: readonly Bar[] = [
  { figure: "accuracy", least: 0.35, most: 0.65 },
  { figure: "pass-at-64", least: 0.9 },
  { figure: "outvoted", least: 0.1, most: 0.3 },
  { figure: "short-cut", least: 0.005, most: 0.03 },
];

export const REWARD_BARS: Readonly<Record<string, readonly Bar[]>> = {
  "arith-good": [{ figure: "pairwise", least: 0.85 }],
  "arith-small": [{ figure: "pairwise", least: 0.65, most: 0.8 }],
  // The flaw has to show: a curve that rises first and is below its start at the end, by picking short-cuts.
  "arith-blind": [{ figure: "short-cut-chosen-1024", least: 0.3 }],
};
