import { throwIfInterrupted, TouchstoneError, type Pair, type Reward, type RewardModel } from "@touchstone/core";
import type { Pool, RewardRow } from "@touchstone/pool";
import { inChunks, type Chunk } from "./chunks.ts";
import type { Draw } from "./draws.ts";
import { Meter } from "./meter.ts";
import type { WorkOptions } from "./progress.ts";

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
    for (let start = 0; start < pending.length; start += RESPONSES_A_CALL) {
      const some = pending.slice(start, start + RESPONSES_A_CALL);
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
  readonly pair: Pair;
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
      pair: { messages, response: { text: response } },
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
  const started = performance.now();
  const pairs = pending.map(({ pair }) => pair);
  const onProgress = ({ tokens }: { readonly tokens: number }) => meter.processed(tokens);
  const rewards = await rewardOrFail(rewardModel, pairs, { onProgress, ...(signal ? { signal } : {}) });
  const seconds = (performance.now() - started) / 1000;
  const tokens = rewards.reduce((sum, reward) => sum + reward.tokens, 0);
  return pending.flatMap(({ problem, promptHash, indices }, i) => {
    const reward = rewards[i]!;
    // Responses of one call share its time by their tokens.
    const share = tokens === 0 ? 0 : (seconds * reward.tokens) / tokens;
    return indices.map((index) => ({ problem, promptHash, index, ...reward, seconds: share }));
  });
}

/** Rewards, NaN for the responses on which the model throws. Throws its error where none of them can be rewarded. */
async function rewardOrFail(
  rewardModel: RewardModel,
  pairs: readonly Pair[],
  options: NonNullable<Parameters<RewardModel["reward"]>[1]>,
): Promise<readonly Reward[]> {
  try {
    return await rewardModel.reward(pairs, options);
  } catch (error) {
    if (options.signal?.aborted || (error instanceof TouchstoneError && error.family === "interrupted")) throw error;
    const rewards = pairs.length > 1 ? await rewardHalves(rewardModel, pairs, options) : undefined;
    if (!rewards || rewards.every(({ value }) => Number.isNaN(value))) throw error;
    return rewards;
  }
}

async function rewardHalves(
  rewardModel: RewardModel,
  pairs: readonly Pair[],
  options: NonNullable<Parameters<RewardModel["reward"]>[1]>,
): Promise<readonly Reward[]> {
  const half = Math.ceil(pairs.length / 2);
  const results: Reward[] = [];
  for (const part of [pairs.slice(0, half), pairs.slice(half)]) {
    try {
      results.push(...(await rewardOrFail(rewardModel, part, options)));
    } catch (error) {
      if (options.signal?.aborted) throw error;
      results.push(...part.map(() => ({ value: Number.NaN, tokens: 0 })));
    }
  }
  return results;
}
