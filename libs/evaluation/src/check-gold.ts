import { TouchstoneError } from "@touchstone/core";
import { learnsWith } from "./needs.ts";
import { required, type RunSetting } from "./setting.ts";
import { methodNamed } from "./suite.ts";

/**
 * Throws `no-gold` where a suite tunes, or has a method that learns from grades, on a dataset that nothing can grade: a choice by
 * grades that do not exist would be one by chance. Throws `answers-are-scored` where no response of a dataset can be graded.
 */
export function checkGold({ suite, methods, datasets }: RunSetting): void {
  const scored = suite.datasets.find(({ name }) => required(datasets, name, "dataset").grader.gold === "scored");
  if (scored) throw answersAreScored(scored.name);
  const without = suite.datasets.find(({ name }) => required(datasets, name, "dataset").grader.gold === "none");
  if (!without) return;
  const learner = suite.methods.find(({ name, parameters }) => learnsWith(methodNamed(name, methods), parameters));
  if (!suite.tuning && !learner) return;
  throw new TouchstoneError({
    code: "no-gold",
    family: "usage",
    what: learner
      ? `${learner.name} learns from graded samples, and nothing says which responses to ${without.name} are right.`
      : `Parameters are chosen by gold accuracy, and nothing says which responses to ${without.name} are right.`,
    value: without.name,
    fix: "Leave this dataset or the method out, and tune on datasets with a grader; rewards and judges are proxies, not gold.",
  });
}

function answersAreScored(dataset: string): TouchstoneError {
  return new TouchstoneError({
    code: "answers-are-scored",
    family: "usage",
    what: `The answers of ${dataset} are given, and scored by their likelihood; responses to it cannot be graded.`,
    value: dataset,
    fix: `Use \`./touchstone likelihood --model … --dataset ${dataset}\`, or a dataset that asks for a letter.`,
  });
}
