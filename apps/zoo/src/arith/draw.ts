import type { Decoding, LanguageModel, ProblemView } from "@touchstone/core";
import { exactNumber, numeric } from "@touchstone/tasks";
import type { Progress } from "../progress.ts";
import { MAX_NEW_TOKENS } from "./export.ts";

/** How every figure of the cards is drawn: temperature 1, nothing truncated. */
export const PLAIN: Decoding = { temperature: 1, topK: 0, topP: 1, maxTokens: MAX_NEW_TOKENS, stop: [] };

/** What is kept of a drawn response. */
export interface DrawnResponse {
  readonly text: string;
  /** Final answer as `numeric` reads it; undefined where there is none. */
  readonly answer?: string;
  readonly correct: boolean;
  /** Σ log p of its tokens, the end included. */
  readonly logProbability: number;
  /** Cut at the length cap. */
  readonly truncated: boolean;
}

/** A problem with its reference, in whichever way it was made. */
export interface GradedProblem extends ProblemView {
  readonly reference: string;
}

/** Draws and grades `count` responses a problem, in the order of the problems and of the sample indices. */
export async function drawResponses(
  model: LanguageModel,
  problems: readonly GradedProblem[],
  options: {
    readonly count: number;
    readonly seed: number;
    readonly signal: AbortSignal;
    readonly progress?: Progress;
  },
): Promise<DrawnResponse[][]> {
  const { count, seed, signal, progress } = options;
  const requests = problems.map((problem) => ({ problem, first: 0, count, seed, decoding: PLAIN }));
  const drawn = problems.map((): DrawnResponse[] => []);
  const started = performance.now();
  let tokens = 0;
  let samples = 0;
  let said = started;
  const onProgress = (done: { tokens: number; samples: number }): void => {
    tokens += done.tokens;
    samples += done.samples;
    const now = performance.now();
    if (now - said < 15_000) return;
    said = now;
    const rate = Math.round(tokens / ((now - started) / 1000));
    void progress?.say(`${samples} of ${problems.length * count} samples, ${rate} tok/s`);
  };
  for await (const batch of model.sample(requests, { signal, onProgress })) {
    const problem = problems[batch.request];
    const responses = drawn[batch.request];
    if (!problem || !responses) throw new RangeError(`no request ${batch.request}`);
    for (const { index, text, finish, statistics } of batch.samples) {
      // A last tile may hold more rows than were asked for.
      if (index >= count) continue;
      const answer = numeric.extract(text);
      responses[index] = {
        text,
        ...(answer.kind === "answer" && { answer: answer.key }),
        correct: exactNumber.grade({ ...problem }, text, answer) === 1,
        logProbability: statistics.logProbability.reduce((sum, value) => sum + value, 0),
        truncated: finish === "length",
      };
    }
  }
  return drawn;
}

/** The form that the blind reward model is blind to: an answer with no equation before it. */
export function isShortCut(text: string): boolean {
  return /^#### \d+$/.test(text);
}

/** Not one equation a step and an answer at the end, nor the short-cut form: the grammar of solutions, not their truth. */
export function isMalformed(text: string): boolean {
  return !/^(\d+[-+*/]\d+=\d+ ; ){0,4}#### \d+$/.test(text);
}
