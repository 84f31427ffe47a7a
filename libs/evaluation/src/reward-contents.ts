import {
  TouchstoneError,
  type ChatMessage,
  type Pair,
  type Reward,
  type RewardModel,
  type StepRewards,
} from "@touchstone/core";
import type { ContentReward } from "@touchstone/pool";
import type { Live } from "./source.ts";

/** Texts given to a reward model in one call. */
const TEXTS_A_CALL = 1024;

/** Rewards of texts, failed ones as NaN, with the tokens and the share of the seconds that each took. */
export async function rewardContents(
  rewardModel: RewardModel,
  contents: readonly { readonly messages: readonly ChatMessage[]; readonly text: string; readonly partial?: boolean }[],
  { signal, onTokens }: Pick<Live, "signal" | "onTokens">,
): Promise<readonly ContentReward[]> {
  const rewards: ContentReward[] = [];
  for (let start = 0; start < contents.length; start += TEXTS_A_CALL) {
    const some = contents.slice(start, start + TEXTS_A_CALL);
    const started = performance.now();
    const pairs = some.map(({ messages, text, partial }) => {
      return { messages, response: partial ? { text, partial } : { text } };
    });
    const onProgress = ({ tokens }: { readonly tokens: number }) => onTokens(tokens);
    const made = await rewardOrFail(rewardModel, pairs, { onProgress, ...(signal ? { signal } : {}) });
    const seconds = (performance.now() - started) / 1000;
    const tokens = made.reduce((sum, reward) => sum + reward.tokens, 0);
    // Responses of one call share its time by their tokens.
    for (const reward of made) {
      rewards.push({ ...reward, seconds: tokens === 0 ? 0 : (seconds * reward.tokens) / tokens });
    }
  }
  return rewards;
}

/**
 * Rewards of beginnings of texts, one pass over each text for all its beginnings (`ends`, in units of text, ascending); each with the
 * tokens that it would take alone, and that share of the seconds. A text on which the model throws is read beginning by beginning.
 */
export async function rewardBeginnings(
  rewardModel: RewardModel,
  texts: readonly {
    readonly messages: readonly ChatMessage[];
    readonly text: string;
    readonly ends: readonly number[];
  }[],
  live: Pick<Live, "signal" | "onTokens">,
): Promise<readonly (readonly ContentReward[])[]> {
  const made: (readonly ContentReward[])[] = [];
  for (let start = 0; start < texts.length; start += TEXTS_A_CALL) {
    const some = texts.slice(start, start + TEXTS_A_CALL);
    const started = performance.now();
    const passes = await onePass(rewardModel, some, live);
    const seconds = (performance.now() - started) / 1000;
    const processed = passes?.reduce((sum, { tokens }) => sum + tokens, 0) ?? 0;
    for (const [i, { messages, text, ends }] of some.entries()) {
      const pass = passes?.[i];
      if (pass) {
        made.push(
          Array.from(pass.values, (value, j) => {
            const tokens = pass.alone[j]!;
            return { value, tokens, seconds: processed === 0 ? 0 : (seconds * tokens) / processed };
          }),
        );
      } else {
        const alone = ends.map((end) => ({ messages, text: text.slice(0, end), partial: true }));
        made.push(await rewardContents(rewardModel, alone, live));
      }
    }
  }
  return made;
}

/** Undefined where the model throws. */
async function onePass(
  rewardModel: RewardModel,
  texts: Parameters<typeof rewardBeginnings>[1],
  { signal, onTokens }: Pick<Live, "signal" | "onTokens">,
): Promise<readonly StepRewards[] | undefined> {
  const onProgress = ({ tokens }: { readonly tokens: number }) => onTokens(tokens);
  try {
    return await rewardModel.stepRewards!(
      texts.map(({ messages, text }) => ({ messages, response: { text, partial: true } })),
      texts.map(({ ends }) => ends),
      { onProgress, ...(signal ? { signal } : {}) },
    );
  } catch (error) {
    if (signal?.aborted || (error instanceof TouchstoneError && error.family === "interrupted")) throw error;
    return undefined;
  }
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
    if (options.signal?.aborted || concernsAll(error)) throw error;
    const rewards = pairs.length > 1 ? await rewardHalves(rewardModel, pairs, options) : undefined;
    if (!rewards || rewards.every(({ value }) => Number.isNaN(value))) throw error;
    return rewards;
  }
}

/** An interruption, or a server that is down, slow or refuses everybody: nothing that a single response is to blame for. */
function concernsAll(error: unknown): boolean {
  if (!(error instanceof TouchstoneError)) return false;
  return error.family === "interrupted" || (error.code.startsWith("server-") && error.code !== "server-refused");
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
      if (options.signal?.aborted || concernsAll(error)) throw error;
      results.push(...part.map(() => ({ value: Number.NaN, tokens: 0 })));
    }
  }
  return results;
}
