import type { Problem, Split } from "@touchstone/core";
import { loadDataset, parseConstraints, type Constraint } from "@touchstone/tasks";
import { trainingRequests } from "./world.ts";

/** A problem with its constraints, in whichever way it was made. */
export interface ConstrainedProblem extends Problem {
  readonly constraints: readonly Constraint[];
}

/** Problems of a published split, as a user of the dataset gets them. */
export async function publishedProblems(root: string, split: Split): Promise<readonly ConstrainedProblem[]> {
  const dataset = await loadDataset(`${root}/datasets`, "instruct");
  return dataset.problems(split).map((problem) => ({ ...problem, constraints: parseConstraints(problem.reference) }));
}

/** Training problems that rewards are learned on: apart from the demonstrations and from the published slice. */
export function rewardProblems(purpose: "rewards" | "rewards-b", count: number): ConstrainedProblem[] {
  return trainingRequests(purpose, count).map(({ prompt, constraints, template }, index) => ({
    id: `instruct-${purpose}-${index}`,
    messages: [{ role: "user", content: prompt }],
    cluster: template.id,
    split: "train",
    reference: JSON.stringify(constraints),
    constraints,
  }));
}
