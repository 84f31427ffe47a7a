import type { ComparisonRow } from "@touchstone/core";
import { holm, mean, pairedComparison } from "@touchstone/stats";
import { cellValue, valueOf, type CellResult, type Head } from "./cell-record.ts";
import type { Scene } from "./rows.ts";

/** Level at which a method counts as worse than the best. */
const LEVEL = 0.05;

/**
 * Compares, at one budget, every method with the best one on the same problems (and, by construction, on the same subsets),
 * within each reward model's group: the methods that read it and those that read none. `bySeed` holds the cells of this
 * budget for every seed, in one order; a problem's value is the mean over seeds. p-values are Holm-adjusted over the group's
 * comparisons. Being best is read from the same data, so the difference to it is a little too large in expectation.
 */
export function compareAtBudget(
  scene: Scene,
  budget: number,
  bySeed: readonly (readonly CellResult[])[],
  rewardModels: readonly string[],
): ComparisonRow[] {
  const entries = (bySeed[0] ?? []).flatMap((cell, index) => {
    const cells = bySeed.map((results) => results[index]!);
    if (cell.head.kind !== "method" || cells.some(({ problems }) => problems.length === 0)) return [];
    const values = scene.problems.map((_, problem) =>
      mean(cells.map((c) => valueOf(c.problems[problem]!, "accuracy"))),
    );
    // Without gold there is nothing to compare by.
    return values.every(Number.isNaN) ? [] : [{ head: cell.head, values, estimate: mean(values) }];
  });
  // Validation may choose what stands in the other row already: the same decisions are not compared with themselves.
  const distinct = entries.filter(
    ({ head }, index) => entries.findIndex((other) => sameMethod(other.head, head)) === index,
  );
  const groups = rewardModels.length > 0 ? rewardModels : [""];
  return groups.flatMap((rewardModel) => {
    const members = distinct.filter(({ head }) => belongs(head.reward_model, rewardModel));
    // The first of equally good ones: rows must not depend on anything but the suite.
    const best = members.reduce<(typeof members)[number] | undefined>(
      (top, member) => (top === undefined || member.estimate > top.estimate ? member : top),
      undefined,
    );
    if (!best) return [];
    const others = members.filter((member) => member !== best);
    const pairs = others.map((other) => pairedComparison(best.values, other.values, scene.clusters));
    const adjusted = holm(pairs.map((pair) => pair.p));
    return others.map(({ head }, index) => {
      const pair = pairs[index]!;
      const { suite, dataset, split, model, decoding, unit } = scene;
      return {
        suite,
        dataset,
        split,
        model,
        decoding,
        reward_model: rewardModel,
        budget_unit: unit,
        budget,
        metric: "accuracy",
        best: best.head.method,
        best_parameters: best.head.parameters,
        method: head.method,
        parameters: head.parameters,
        difference: cellValue(pair.difference),
        standard_error: cellValue(pair.standardError),
        ci_low: cellValue(pair.low),
        ci_high: cellValue(pair.high),
        p_value: cellValue(pair.p),
        p_adjusted: cellValue(adjusted[index]),
        correlation: cellValue(pair.correlation),
        minimum_detectable_difference: cellValue(pair.minimumDetectableDifference),
        // Where no test is possible (a single cluster) nothing separates the two.
        tied: !(adjusted[index]! < LEVEL),
        problems: pair.n,
        clusters: pair.clusters,
      };
    });
  });
}

function sameMethod(a: Head, b: Head): boolean {
  return a.method === b.method && a.parameters === b.parameters && a.reward_model === b.reward_model;
}

function belongs(readBy: string, rewardModel: string): boolean {
  return readBy === "" || readBy.split("+").includes(rewardModel);
}
