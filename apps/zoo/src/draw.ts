import type { Decoding, LanguageModel, ProblemView } from "@touchstone/core";
import type { Progress } from "./progress.ts";

/** What is kept of a drawn response. */
export interface Drawn {
  readonly text: string;
  /** Σ log p of its tokens, the end included. */
  readonly logProbability: number;
  /** Cut at the length cap. */
  readonly truncated: boolean;
}

export interface DrawOptions {
  readonly count: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly progress?: Progress;
}

/** How every figure of the cards is drawn: temperature 1, nothing truncated. */
export function plain(maxTokens: number): Decoding {
  return { temperature: 1, topK: 0, topP: 1, maxTokens, stop: [] };
}

/** Draws `count` responses a problem, in the order of the problems and of the sample indices. */
export async function drawTexts(
  model: LanguageModel,
  problems: readonly ProblemView[],
  decoding: Decoding,
  { count, seed, signal, progress }: DrawOptions,
): Promise<Drawn[][]> {
  const requests = problems.map((problem) => ({ problem, first: 0, count, seed, decoding }));
  const drawn = problems.map((): Drawn[] => []);
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
    const responses = drawn[batch.request];
    if (!responses) throw new RangeError(`no request ${batch.request}`);
    for (const { index, text, finish, statistics } of batch.samples) {
      // A last tile may hold more rows than were asked for.
      if (index >= count) continue;
      responses[index] = {
        text,
        logProbability: statistics.logProbability.reduce((sum, value) => sum + value, 0),
        truncated: finish === "length",
      };
    }
  }
  return drawn;
}
