import { throwIfInterrupted, type ChatMessage, type RewardModel } from "@touchstone/core";
import type { Pool, RewardRow } from "@touchstone/pool";
import { inChunks, type Chunk } from "./chunks.ts";
import type { Draw } from "./draws.ts";
import { Meter } from "./meter.ts";
import type { WorkOptions } from "./progress.ts";
import { rewardContents } from "./reward-contents.ts";

/** Distinct responses given to a reward model in one call; their rows go to disk together. */
const RESPONSES_A_CALL = 1024;

export interface Rewarded {
  readonly rewards: number;
  readonly failed: number;
  readonly tokens: number;
}

/**
 * Rewards of a draw's samples by one reward model; only what is missing. Equal responses to a problem are rewarded once in a
 * chunk, and each is stored with the tokens and the seconds that this took: what it costs where it comes alone. A reward that is NaN, or a response on which the
 * reward model throws while others work, is stored as failed; a reward model that fails on every response of a call is
 * broken, and its error is thrown.
 */
export async function fillRewards(
  pool: Pool,
  draw: Draw,
  name: string,
  rewardModel: RewardModel,
  options: WorkOptions,
): Promise<Rewarded> {
  const done = { rewards: 0, failed: 0, tokens: 0 };
  let meter: Meter | undefined;
  const total = draw.count * draw.problems.length;
  for (const chunk of inChunks(draw)) {
    throwIfInterrupted(options.signal, "scoring rewards");
    const pending = await missingPairs(pool, draw, rewardModel, chunk);
    if (pending.length === 0) continue;
    meter ??= new Meter("rewards", name, { done: chunk.before * draw.count, total }, options.onProgress);
    const atOnce = rewardModel.pairsACall ?? RESPONSES_A_CALL;
    for (let start = 0; start < pending.length; start += atOnce) {
      throwIfInterrupted(options.signal, "scoring rewards");
      const some = pending.slice(start, start + atOnce);
      const rows = await rewardRows(rewardModel, some, meter, options.signal);
      await pool.appendRewards(draw.key, rewardModel.identity, rows);
      const failed = rows.filter(({ value }) => Number.isNaN(value)).length;
      meter.finished(rows.length, failed);
      done.rewards += rows.length;
      done.failed += failed;
      done.tokens += rows.reduce((sum, row) => sum + row.tokens, 0);
    }
  }
  return done;
}

/** A response without a reward, and the samples that are it. */
interface Pending {
  readonly problem: string;
  readonly promptHash: string;
  readonly messages: readonly ChatMessage[];
  readonly text: string;
  readonly indices: readonly number[];
}

async function missingPairs(
  pool: Pool,
  draw: Draw,
  { identity }: RewardModel,
  { problems, prompts }: Chunk,
): Promise<readonly Pending[]> {
  const missing = await pool.missingRewards(draw.key, identity, prompts, draw.count);
  const wanted = prompts.filter(({ problem }) => missing.has(problem));
  if (wanted.length === 0) return [];
  const samples = await pool.samples(draw.key, wanted, draw.count);
  return wanted.flatMap(({ problem, promptHash }) => {
    const { messages } = problems.find(({ id }) => id === problem)!;
    const { text } = samples.get(problem)!;
    const byText = Map.groupBy(missing.get(problem)!, (index) => text[index]!);
    return Array.from(byText, ([response, indices]) => ({
      problem,
      promptHash,
      messages,
      text: response,
      indices,
    }));
  });
}

async function rewardRows(
  rewardModel: RewardModel,
  pending: readonly Pending[],
  meter: Meter,
  signal: AbortSignal | undefined,
): Promise<RewardRow[]> {
  const rewards = await rewardContents(
    rewardModel,
    pending.map(({ messages, text }) => ({ messages, text })),
    { signal, onTokens: (tokens) => meter.processed(tokens) },
  );
  return pending.flatMap(({ problem, promptHash, indices }, i) => {
    return indices.map((index) => ({ problem, promptHash, index, ...rewards[i]! }));
  });
}
