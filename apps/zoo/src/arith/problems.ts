import { loadDataset } from "@touchstone/tasks";
import type { Split } from "@touchstone/core";
import type { GradedProblem } from "./draw.ts";
import { PATTERNS } from "./patterns.ts";
import { trainingProblems } from "./world.ts";

/** Problems of a published split, as a user of the dataset gets them. */
export async function publishedProblems(root: string, split: Split): Promise<readonly GradedProblem[]> {
  return (await loadDataset(`${root}/datasets`, "arith")).problems(split);
}

/** Training problems that rewards are learned on: apart from the demonstrations and from the published slice. */
export function rewardProblems(count: number): GradedProblem[] {
  return trainingProblems("rewards", count).map(({ prompt, answer, template }, index) => ({
    id: `arith-reward-${index}`,
    messages: [{ role: "user", content: prompt }],
    cluster: template.id,
    split: "train",
    reference: String(answer),
  }));
}

/** Expressions that a problem of this template takes, from the template's id. */
export function stepsOf({ cluster }: { readonly cluster: string }): number {
  return cluster
    .split(".")
    .slice(1, -1)
    .reduce((steps, name) => steps + (TWO_STEPS.has(name) ? 2 : 1), 0);
}

const TWO_STEPS: ReadonlySet<string> = new Set(PATTERNS.flatMap(({ name, cost }) => (cost === 2 ? [name] : [])));
