import type { RewardModel } from "@touchstone/core";
import { promptOf, toyIdentity, toySize } from "./toy-policy.ts";

/** A reward model from a function of prompt and response; NaN is a failure. One character a token. */
export function toyReward(name: string, reward: (prompt: string, response: string) => number): RewardModel {
  return {
    identity: toyIdentity(name),
    size: toySize(1),
    async reward(pairs, options = {}) {
      options.signal?.throwIfAborted();
      const rewards = pairs.map(({ messages, response }) => ({
        value: reward(promptOf(messages), response.text),
        tokens: promptOf(messages).length + response.text.length,
      }));
      options.onProgress?.({ tokens: rewards.reduce((sum, { tokens }) => sum + tokens, 0), samples: rewards.length });
      return rewards;
    },
    async close() {},
  };
}
