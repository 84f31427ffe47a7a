import { createHash } from "node:crypto";
import { canonicalJson, TouchstoneError, type Dataset, type Judge, type Problem } from "@touchstone/core";
import type { Draw } from "./draws.ts";
import { continuesWith } from "./needs.ts";
import { methodNamed } from "./method-named.ts";
import type { RunSetting } from "./setting.ts";

/**
 * A dataset without gold whose responses a judge compares with the problems' references, which are responses of a baseline: the grade is the
 * preference, and the mean grade the win rate. The judge's identity is in the grader's name and in the version, so that grades by other judges are
 * others. Throws `no-baseline` where a problem has no reference.
 */
export function judgedDataset(dataset: Dataset, judge: Judge): Dataset {
  const { name, ...content } = judge.identity;
  const hash = createHash("sha256").update(canonicalJson(content)).digest("hex").slice(0, 16);
  return {
    ...dataset,
    version: `${dataset.version}, judged by ${name} ${hash}`,
    grader: { name: `judge ${hash}`, gold: "judge", judge, grade: cannotGrade },
    problems: (split) => {
      const problems = dataset.problems(split);
      const without = problems.find(({ reference }) => reference === "");
      if (without) throw noBaseline(dataset.name, without);
      return problems;
    },
  };
}

/** Judging waits for a model: only what is drawn into the pool is judged. Throws `judge-cannot-grade` for a method that continues responses. */
export function checkJudged({ suite, methods, datasets }: RunSetting): void {
  const judged = suite.datasets.find(({ name }) => datasets.get(name)?.grader.gold === "judge");
  if (!judged) return;
  const continuing = suite.methods.find((choice) =>
    continuesWith(methodNamed(choice.name, methods).needs, choice.parameters),
  );
  if (!continuing) return;
  throw new TouchstoneError({
    code: "judge-cannot-grade",
    family: "usage",
    what: `${continuing.name} continues responses, and a judge grades those that the pool holds only.`,
    value: judged.name,
    fix: "Leave the method out, or the judge: rewards are reported all the same.",
  });
}

function cannotGrade(): never {
  throw new Error("a judge was asked for a grade outside of filling the pool");
}

function noBaseline(dataset: string, { id }: Problem): TouchstoneError {
  return new TouchstoneError({
    code: "no-baseline",
    family: "usage",
    what: `The problem ${id} of ${dataset} has no response of a baseline that a judge could compare with.`,
    value: dataset,
    fix: "Map a field with the baseline's response to `reference` in the dataset's manifest, or leave the judge out.",
  });
}

/** What is judged, for a plan: its cost is not in the totals. */
export function judgeNotes(draws: readonly Draw[]): string[] {
  const counts = new Map<string, number>();
  for (const { dataset, count, problems } of draws) {
    const { judge } = dataset.grader;
    if (!judge) continue;
    const named = `${judge.identity.name} judges responses to ${dataset.name}`;
    counts.set(named, (counts.get(named) ?? 0) + count * problems.length);
  }
  return Array.from(
    counts,
    ([named, count]) => `${named}: ${count.toLocaleString("en-US")} at most, each in two orders; not in the totals.`,
  );
}
