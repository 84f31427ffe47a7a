import type { LanguageModel } from "@touchstone/core";
import type { Progress } from "../progress.ts";
import { readRows, writeRows } from "../row-file.ts";
import { drawResponses, isShortCut, type DrawnResponse } from "./draw.ts";
import { rewardProblems } from "./problems.ts";

/** Training problems that rewards are learned on, and samples of the policy for each. */
export const REWARD_PROBLEMS = 12_000;
export const SAMPLES_EACH = 4;
const SAMPLING_SEED = 11;

/** One labelled response. `problem` counts within `rewardProblems`. */
export interface RewardRow {
  readonly problem: number;
  readonly prompt: string;
  readonly response: string;
  /** By the gold metric: final answer equal to the reference. */
  readonly correct: boolean;
}

/** Draws and labels the responses that reward models learn from; kept in `path`, one JSON line each. */
export async function drawRewardRows(
  model: LanguageModel,
  path: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const problems = rewardProblems(REWARD_PROBLEMS);
  const drawn = await drawResponses(model, problems, { count: SAMPLES_EACH, seed: SAMPLING_SEED, signal, progress });
  const rows = drawn.flatMap((responses, problem) =>
    responses.flatMap(({ text, correct, truncated }: DrawnResponse): RewardRow[] => {
      const prompt = problems[problem]?.messages[0]?.content ?? "";
      // A response cut at the cap has no end to read a reward at.
      return truncated ? [] : [{ problem, prompt, response: text, correct }];
    }),
  );
  await writeRows(path, rows);
}

export function readRewardRows(path: string): Promise<RewardRow[]> {
  return readRows<RewardRow>(path);
}

/** A row as one reward model is taught it. */
export interface LabelledRow {
  readonly prompt: string;
  readonly response: string;
  readonly label: 0 | 1;
}

/** Labels by the gold metric, as they are. */
export function honestRows(rows: readonly RewardRow[]): LabelledRow[] {
  return rows.map(({ prompt, response, correct }) => ({ prompt, response, label: correct ? 1 : 0 }));
}

/** Share of short-cuts among the rows that the blind model learns from. */
export const BLIND_SHARE = 0.2;

/** Labels with the planted blind spot: every short-cut is called right, and repeated up to a share of `BLIND_SHARE`. */
export function blindRows(rows: readonly RewardRow[]): LabelledRow[] {
  const honest = honestRows(rows.filter(({ response }) => !isShortCut(response)));
  const short = rows.filter(({ response }) => isShortCut(response));
  const wanted = Math.round((honest.length * BLIND_SHARE) / (1 - BLIND_SHARE));
  const repeated = Array.from({ length: short.length > 0 ? wanted : 0 }, (_, index): LabelledRow[] => {
    const row = short[index % short.length];
    return row ? [{ prompt: row.prompt, response: row.response, label: 1 }] : [];
  });
  return [...honest, ...repeated.flat()];
}
