import type { LanguageModel } from "@touchstone/core";
import type { ConstraintKind } from "@touchstone/tasks";
import type { Progress } from "../progress.ts";
import { readRows, writeRows } from "../row-file.ts";
import { drawResponses } from "./draw.ts";
import { rewardProblems } from "./problems.ts";

/** Training problems that rewards are learned on, for each of the two sets of rows, and samples of the policy for each problem. */
export const REWARD_PROBLEMS = 4000;
export const SAMPLES_EACH = 4;

/** The two sets share no problem and no seed: the second is for the model that judges what was trained on the first. */
export const ROW_SETS = { rewards: 11, "rewards-b": 12 } as const;
export type RowSet = keyof typeof ROW_SETS;

/** One response with the verdict on each constraint. */
export interface RewardRow {
  readonly prompt: string;
  readonly response: string;
  readonly kinds: readonly ConstraintKind[];
  readonly kept: readonly boolean[];
}

/** Draws and checks the responses of one set; kept in `path`, one JSON line each. */
export async function drawRewardRows(
  set: RowSet,
  model: LanguageModel,
  path: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const problems = rewardProblems(set, REWARD_PROBLEMS);
  const drawn = await drawResponses(model, problems, { count: SAMPLES_EACH, seed: ROW_SETS[set], signal, progress });
  const rows = drawn.flatMap((responses, at) => {
    const prompt = problems[at]?.messages[0]?.content ?? "";
    const kinds = problems[at]?.constraints.map(({ kind }) => kind) ?? [];
    // A response cut at the cap has no end to read a reward at.
    return responses.flatMap(({ text, kept, truncated }): RewardRow[] =>
      truncated ? [] : [{ prompt, response: text, kinds, kept }],
    );
  });
  await writeRows(path, rows);
}

export function readRewardRows(path: string): Promise<RewardRow[]> {
  return readRows<RewardRow>(path);
}
