import { throwIfInterrupted } from "@touchstone/core";
import type { AfterLastRow, Pool, PromptKey } from "@touchstone/pool";
import { inChunks } from "./chunks.ts";
import type { Draw } from "./draws.ts";
import { Meter } from "./meter.ts";
import type { WorkOptions } from "./progress.ts";

/** Responses read in one call; their rows go to disk together. */
const RESPONSES_A_CALL = 1024;

/**
 * What follows the last token of a draw's samples, where a method reads that; only what is missing. Equal responses to a problem
 * are read once in a chunk, and each is stored with what it costs where it comes alone. Returns how many were added.
 */
export async function fillAfterLast(pool: Pool, draw: Draw, options: WorkOptions): Promise<number> {
  if (!draw.reads.afterLast) return 0;
  let added = 0;
  let meter: Meter | undefined;
  const total = draw.count * draw.problems.length;
  const subject = `what follows responses of ${draw.model.identity.name}`;
  for (const { prompts, before } of inChunks(draw)) {
    throwIfInterrupted(options.signal, "reading responses");
    const pending = await missingReadings(pool, draw, prompts);
    if (pending.length === 0) continue;
    meter ??= new Meter("procedures", subject, { done: before * draw.count, total }, options.onProgress);
    for (let start = 0; start < pending.length; start += RESPONSES_A_CALL) {
      const rows = await read(draw, pending.slice(start, start + RESPONSES_A_CALL), options.signal);
      await pool.appendAfterLast(draw.key, rows);
      added += rows.length;
      meter.finished(rows.length);
    }
  }
  return added;
}

/** A response that is to be read, and the samples that are it. */
interface Pending extends PromptKey {
  readonly tokens: Int32Array;
  readonly indices: readonly number[];
}

async function missingReadings(pool: Pool, draw: Draw, prompts: readonly PromptKey[]): Promise<readonly Pending[]> {
  const stored = await pool.afterLast(draw.key, prompts, draw.count);
  const pending: Pending[] = [];
  for (const prompt of prompts) {
    const present = stored.get(prompt.problem)?.present;
    if (present && present.length >= draw.count && !present.includes(0)) continue;
    const samples = await pool.sampleTokens(draw.key, prompt, draw.count);
    const missing = samples.filter(({ index }) => present?.[index] !== 1);
    for (const same of Map.groupBy(missing, ({ tokens }) => tokens.join()).values()) {
      pending.push({ ...prompt, tokens: same[0]!.tokens, indices: same.map(({ index }) => index) });
    }
  }
  return pending;
}

async function read(
  { model, problems }: Draw,
  pending: readonly Pending[],
  signal: AbortSignal | undefined,
): Promise<AfterLastRow[]> {
  const started = performance.now();
  const messages = new Map(problems.map((problem) => [problem.id, problem.messages]));
  const pairs = pending.map(({ problem, tokens }) => ({
    messages: messages.get(problem)!,
    response: { text: "", tokens },
  }));
  const statistics = await model.score(pairs, { afterLast: true, ...(signal ? { signal } : {}) });
  const seconds = (performance.now() - started) / 1000;
  const lengths = pending.map(({ problem, tokens }) => model.promptLength(messages.get(problem)!) + tokens.length);
  const all = lengths.reduce((sum, length) => sum + length, 0);
  return pending.flatMap(({ problem, promptHash, indices }, i) => {
    const tokens = lengths[i]!;
    const selfCertainty = statistics[i]!.selfCertainty.at(-1)!;
    // Responses of one call share its time by their tokens.
    const share = (seconds * tokens) / all;
    return indices.map((index) => ({ problem, promptHash, index, selfCertainty, tokens, seconds: share }));
  });
}
