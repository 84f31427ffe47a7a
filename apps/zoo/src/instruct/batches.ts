import type { Stream } from "@touchstone/core";
import type { SupervisedBatch } from "@touchstone/training";
import { SPECIAL } from "../word-tokenizer.ts";
import { demonstrate, type Demonstration } from "./demonstrator.ts";
import { encode, idOf, verdictToken } from "./tokenizer.ts";
import { trainingRequest, worldStream } from "./world.ts";

/** How much the prediction of a prompt token, and of a verdict, counts beside that of a response token. */
export const PROMPT_WEIGHT = 0.05;
export const VERDICT_WEIGHT = 0.5;

/**
 * Length classes of demonstrations with their verdicts. `share` is the share of demonstrations that are at most `length` and
 * longer than the class before: measured on 40,000 of them, it decides how often a class is trained on.
 */
export const BUCKETS = [
  { length: 48, rows: 58, share: 0.246 },
  { length: 60, rows: 46, share: 0.328 },
  { length: 72, rows: 38, share: 0.3 },
  { length: 100, rows: 28, share: 0.126 },
] as const;

const [pad, bos, eos, assistant] = [SPECIAL.pad, SPECIAL.bos, SPECIAL.eos, SPECIAL.assistant].map(idOf) as [
  number,
  number,
  number,
  number,
];

export interface Sequence {
  readonly ids: readonly number[];
  /** Tokens of the templated prompt, the marker before the response included. */
  readonly promptLength: number;
}

/** Chat template, response, end: the ids that the tokenizer's own template gives. */
export function sequence(prompt: string, response: string): Sequence {
  const head = [bos, ...encode(prompt), assistant];
  return { ids: [...head, ...encode(response), eos], promptLength: head.length };
}

/** Every verdict on a response, in a random order: the state at the end token has to hold all of them to predict the first. */
function verdicts({ request, kept }: Demonstration, random: Stream): number[] {
  const ids = request.constraints.map(({ kind }, at) => idOf(verdictToken(kind, kept[at] ?? false)));
  return Array.from(random.permutation(ids.length), (at) => ids[at]!);
}

interface Taught extends Sequence {
  /** Where the verdicts begin, after the end token. */
  readonly end: number;
}

export function taught(random: Stream): Taught {
  const demonstration = demonstrate(trainingRequest(random), random);
  const line = sequence(demonstration.request.prompt, demonstration.response);
  return { ...line, ids: [...line.ids, ...verdicts(demonstration, random)], end: line.ids.length };
}

/** The bucket of a length; -1 where it fits in none. */
export function bucketOf(length: number): number {
  return BUCKETS.findIndex((bucket) => length <= bucket.length);
}

/** Token ids padded on the right to one shape. */
export function padded(rows: readonly Sequence[], length: number): Int32Array {
  const ids = new Int32Array(rows.length * length).fill(pad);
  for (const [row, line] of rows.entries()) ids.set(line.ids, row * length);
  return ids;
}

/** The batch of demonstrations of step `step`: one length class, chosen and filled from streams of that step alone. */
export function demonstrationBatch(step: number): SupervisedBatch {
  // A class is drawn in proportion to the batches it needs, not the demonstrations it holds.
  const needed = BUCKETS.map(({ share, rows }) => share / rows);
  let rest = worldStream("buckets", step).uniform() * needed.reduce((sum, value) => sum + value, 0);
  const chosen = needed.findIndex((value) => (rest -= value) < 0);
  const bucket = BUCKETS[chosen] ?? BUCKETS[0];
  const lines = Array.from({ length: bucket.rows }, (_, row) => {
    const random = worldStream("demonstrations", step, row);
    for (;;) {
      const line = taught(random);
      if (BUCKETS[bucketOf(line.ids.length)] === bucket) return line;
    }
  });
  const weights = new Float32Array(bucket.rows * bucket.length);
  for (const [row, { ids, promptLength, end }] of lines.entries()) {
    for (let at = 1; at < ids.length; at++) {
      weights[row * bucket.length + at] = at < promptLength ? PROMPT_WEIGHT : at < end ? 1 : VERDICT_WEIGHT;
    }
  }
  return { rows: bucket.rows, length: bucket.length, tokens: padded(lines, bucket.length), weights };
}
