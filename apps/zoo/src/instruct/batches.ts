import type { Stream } from "@touchstone/core";
import type { SupervisedBatch } from "@touchstone/training";
import { between } from "../random.ts";
import { drawBucket, padded, sequenceMaker, type Sequence } from "../sequence.ts";
import { CAREFUL, demonstrate, KEEPS, SLOPPY, type Demonstration } from "./demonstrator.ts";
import { drawTemplate } from "./grammar.ts";
import { SPECIAL } from "../word-tokenizer.ts";
import { encode, idOf, INSTRUCT_TOKENIZER, verdictToken } from "./tokenizer.ts";
import { trainingRequest, worldStream } from "./world.ts";

/** How much the prediction of a prompt token, and of a verdict, counts beside that of a response token. */
export const PROMPT_WEIGHT = 0.05;
export const VERDICT_WEIGHT = 0.5;

/**
 * Length classes of demonstrations with their verdicts. `share` is the share of demonstrations that are at most `length` and
 * longer than the class before: measured on 40,000 of them, it decides how often a class is trained on.
 */
export const BUCKETS = [
  { length: 48, rows: 30, share: 0.246 },
  { length: 60, rows: 24, share: 0.328 },
  { length: 72, rows: 20, share: 0.3 },
  { length: 100, rows: 14, share: 0.126 },
] as const;

export const sequence = sequenceMaker(INSTRUCT_TOKENIZER.tokens, encode);

/**
 * How the run begins, before the demonstrator of `KEEPS` takes over: lessons of one to three constraints that name words, all kept; then
 * demonstrations of which most keep every constraint; then those of a sloppy demonstrator, from which the policy forgot again much
 * of what it had learned (docs/log.md).
 */
const PHASES = {
  lessons: { from: 0, to: 500, most: 3 },
  careful: { from: 500, to: 1100, share: 0.7 },
  sloppy: { from: 1100, to: 1700 },
} as const;
/** The first step with the demonstrator of `KEEPS`. */
export const SETTLED = PHASES.sloppy.to;
/** Lessons are short, and have a length class of their own. */
const LESSON_BUCKET = { length: 32, rows: 44 } as const;
const LESSON_KINDS = ["use", "repeat", "begin", "end", "order"] as const;

const isWithin = (step: number, { from, to }: { readonly from: number; readonly to: number }): boolean =>
  step >= from && step < to;

/** Every verdict on a response, in a random order: the state at the end token has to hold all of them to predict the first. */
function verdicts({ request, kept }: Demonstration, random: Stream): number[] {
  const ids = request.constraints.map(({ kind }, at) => idOf(verdictToken(kind, kept[at] ?? false)));
  return Array.from(random.permutation(ids.length), (at) => ids[at]!);
}

interface Taught extends Sequence {
  /** Where the verdicts begin, after the end token. */
  readonly end: number;
}

/** The demonstration that `random` draws for a step, with its verdicts. Where all are kept there is nothing to tell apart, so none are given. */
export function taught(random: Stream, step: number): Taught {
  if (isWithin(step, PHASES.lessons)) return lesson(random);
  const request = trainingRequest(random);
  const careful = isWithin(step, PHASES.careful) && random.uniform() < PHASES.careful.share;
  const care = careful ? CAREFUL : step < SETTLED ? SLOPPY : KEEPS;
  const demonstration = demonstrate(request, random, care);
  const line = sequence(request.prompt, demonstration.response);
  return { ...line, ids: [...line.ids, ...(careful ? [] : verdicts(demonstration, random))], end: line.ids.length };
}

function lesson(random: Stream): Taught {
  const request = trainingRequest(random, (from) =>
    drawTemplate(from, between(from, 1, PHASES.lessons.most), LESSON_KINDS),
  );
  const line = sequence(request.prompt, demonstrate(request, random, CAREFUL).response);
  return { ...line, end: line.ids.length };
}

/** The batch of demonstrations of step `step`: one length class, chosen and filled from streams of that step alone. */
export function demonstrationBatch(step: number): SupervisedBatch {
  const bucket = isWithin(step, PHASES.lessons) ? LESSON_BUCKET : drawBucket(BUCKETS, worldStream("buckets", step));
  const shortest = Math.max(0, ...BUCKETS.map(({ length }) => length).filter((length) => length < bucket.length));
  const lines = Array.from({ length: bucket.rows }, (_, row) => {
    const random = worldStream("demonstrations", step, row);
    for (;;) {
      const line = taught(random, step);
      if (line.ids.length > shortest && line.ids.length <= bucket.length) return line;
    }
  });
  const weights = new Float32Array(bucket.rows * bucket.length);
  for (const [row, { ids, promptLength, end }] of lines.entries()) {
    for (let at = 1; at < ids.length; at++) {
      weights[row * bucket.length + at] = at < promptLength ? PROMPT_WEIGHT : at < end ? 1 : VERDICT_WEIGHT;
    }
  }
  return { rows: bucket.rows, length: bucket.length, tokens: padded(lines, bucket.length, idOf(SPECIAL.pad)), weights };
}
