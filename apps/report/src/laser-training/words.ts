import type { LaserTrainingPageData, RuleDifference } from "@touchstone/report";
import { fixed } from "@touchstone/report/view";

/** `gold`, `best_of_32`, `majority_at_17000_tokens` in words. */
export function metricName(metric: string): string {
  const [, best] = /^best_of_(\d+)$/.exec(metric) ?? [];
  if (best !== undefined) return `gold of best-of-${best} by the rule`;
  const [, tokens] = /^majority_at_(\d+)_tokens$/.exec(metric) ?? [];
  if (tokens !== undefined) return `accuracy of a majority vote at ${Number(tokens).toLocaleString("en-US")} tokens`;
  return metric === "gold" ? "gold of a single response" : metric.replaceAll("_", " ");
}

/** What is said of a difference, and of how many seeds. */
export function spanOf({ estimate, low, high }: Pick<RuleDifference, "estimate" | "low" | "high">): string {
  if (estimate === null) return "undefined";
  return `${fixed(estimate, 3)}${low === null || high === null ? "" : ` (${fixed(low, 3)} to ${fixed(high, 3)})`}`;
}

/** From so many seeds on an interval over them is more than a description. */
export const SEEDS_OF_A_VERDICT = 5;

/** The metrics that are compared at the end of training, gold of single responses first. */
export function metricsOf({ differences }: Pick<LaserTrainingPageData, "differences">): readonly string[] {
  const found = [...new Set(differences.map(({ metric }) => metric))];
  return found.toSorted((a, b) => Number(b === "gold") - Number(a === "gold"));
}

/** Deliberate flaws among the reward models: name and flaw. */
export function flawsOf({ ranking }: Pick<LaserTrainingPageData, "ranking">): ReadonlyMap<string, string> {
  return new Map(
    ranking.flatMap(({ reward_model: model, planted }) => (planted === null ? [] : [[model, planted] as const])),
  );
}
