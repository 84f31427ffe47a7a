import { forwardFlops, type ModelSize, type Reward, type Spend } from "@touchstone/core";
import type { Drawn } from "./scene.ts";

/** Of drawing: each problem's prompt once, and its samples behind it. */
export function costOfDraws(drawn: readonly Drawn[], size: ModelSize): Partial<Spend> {
  let [samples, promptTokens, completionTokens, flops] = [0, 0, 0, 0];
  for (const one of drawn) {
    samples += one.samples.length;
    promptTokens += one.promptTokens;
    flops += forwardFlops(size, 0, one.promptTokens);
    for (const { tokens } of one.samples) {
      completionTokens += tokens.length;
      flops += forwardFlops(size, one.promptTokens, tokens.length);
    }
  }
  return { samples, promptTokens, completionTokens, flops };
}

export function costOfRewards(rewards: readonly Reward[], size: ModelSize): Partial<Spend> {
  return {
    rewardTokens: rewards.reduce((sum, { tokens }) => sum + tokens, 0),
    flops: rewards.reduce((sum, { tokens }) => sum + forwardFlops(size, 0, tokens), 0),
  };
}

/** Of whole sequences that are run forward only. */
export function costOfForward(lengths: readonly number[], size: ModelSize): Partial<Spend> {
  return {
    extraForwardTokens: lengths.reduce((sum, length) => sum + length, 0),
    flops: lengths.reduce((sum, length) => sum + forwardFlops(size, 0, length), 0),
  };
}

/** Of whole sequences that are run forward and backward; backward is counted as twice forward (two products for each of one). */
export function costOfTraining(lengths: readonly number[], size: ModelSize): Partial<Spend> {
  return {
    trainingTokens: lengths.reduce((sum, length) => sum + length, 0),
    flops: 3 * lengths.reduce((sum, length) => sum + forwardFlops(size, 0, length), 0),
  };
}

/** Two spends together; seconds where both have them. */
export function together(a: Partial<Spend>, b: Partial<Spend>): Partial<Spend> {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof Spend>;
  return Object.fromEntries([...keys].map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)]));
}
