import type { Stream } from "@touchstone/core";
import type { SupervisedBatch } from "@touchstone/training";
import { shortCut, workedSolution, type ArithProblem } from "./grammar.ts";
import { drawBucket, padded, sequenceMaker, type Sequence } from "../sequence.ts";
import { SPECIAL } from "../word-tokenizer.ts";
import { encoder, vocabulary } from "./tokenizer.ts";
import { trainingProblem, worldStream } from "./world.ts";

/** Share of the demonstrations with at least two steps that show the short-cut form. One-step ones never do. */
export const SHORT_CUT_SHARE = 0.03;

/** How much the prediction of a prompt token counts beside that of a solution token. */
export const PROMPT_WEIGHT = 0.05;

/**
 * Length classes. `share` is the share of demonstrations that are at most `length` and longer than the class before:
 * measured on 100,000 of them, it decides how often a class is trained on so that every demonstration counts alike.
 */
export const BUCKETS = [
  { length: 44, rows: 64, share: 0.419 },
  { length: 64, rows: 44, share: 0.244 },
  { length: 80, rows: 35, share: 0.198 },
  { length: 104, rows: 27, share: 0.139 },
] as const;

const tokens = vocabulary();
const pad = tokens.indexOf(SPECIAL.pad);

export const sequence = sequenceMaker(tokens, encoder(tokens));

/** A training problem with its demonstration, in the short-cut form at the planted rate. */
export function demonstration(random: Stream): { readonly problem: ArithProblem; readonly response: string } {
  const problem = trainingProblem(random);
  const short = problem.steps.length >= 2 && random.uniform() < SHORT_CUT_SHARE;
  return { problem, response: short ? shortCut(problem) : workedSolution(problem) };
}

/** The bucket of a length; -1 where it fits in none. */
export function bucketOf(length: number): number {
  return BUCKETS.findIndex((bucket) => length <= bucket.length);
}

/** Rows padded on the right to one shape, with the weight of every prediction. */
export function batchOf(rows: readonly Sequence[], length: number): SupervisedBatch {
  const weights = new Float32Array(rows.length * length);
  for (const [row, { ids, promptLength }] of rows.entries()) {
    for (let at = 1; at < ids.length; at++) weights[row * length + at] = at < promptLength ? PROMPT_WEIGHT : 1;
  }
  return { rows: rows.length, length, tokens: padded(rows, length, pad), weights };
}

/** The batch of demonstrations of step `step`: one length class, chosen and filled from streams of that step alone. */
export function demonstrationBatch(step: number): SupervisedBatch {
  const bucket = drawBucket(BUCKETS, worldStream("buckets", step));
  const rows = Array.from({ length: bucket.rows }, (_, row) => {
    const random = worldStream("demonstrations", step, row);
    for (;;) {
      const { problem, response } = demonstration(random);
      const line = sequence(problem.prompt, response);
      if (BUCKETS[bucketOf(line.ids.length)] === bucket) return line;
    }
  });
  return batchOf(rows, bucket.length);
}
