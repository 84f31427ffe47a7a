import { forwardFlops, type ModelSize } from "@touchstone/core";
import type { PooledSample, TracedSample } from "./handed.ts";
import { measured, type Cost } from "./spending.ts";

/** What drawing for one problem costs, its prompt included; see `withPromptsOnce`. */
export function drawCost(
  policy: ModelSize,
  id: string,
  pooled: readonly PooledSample[],
  traced: readonly TracedSample[],
): Cost {
  let [completionTokens, flops, seconds] = [0, 0, 0];
  for (const { pool, index } of pooled) {
    completionTokens += pool.tokens[index]!;
    flops += forwardFlops(policy, pool.promptTokens, pool.tokens[index]!);
    seconds += pool.seconds[index]!;
  }
  for (const { sample, promptTokens, seconds: took } of traced) {
    // The kept tokens are cached, as the prompt is.
    const fresh = sample.tokens.length - sample.prefixLength;
    completionTokens += fresh;
    flops += forwardFlops(policy, promptTokens + sample.prefixLength, fresh);
    seconds += took;
  }
  const samples = pooled.length + traced.length;
  const promptTokens = pooled[0]?.pool.promptTokens ?? traced[0]?.promptTokens ?? 0;
  return { id, spend: { samples, promptTokens, completionTokens, flops, ...measured(seconds) } };
}

/**
 * A problem's prompt is processed once: later acts, and later ones of the same round, find it cached. `isPrompted` tells of
 * the rounds before this one.
 */
export function withPromptsOnce(
  policy: ModelSize,
  costs: readonly Cost[],
  isPrompted: (id: string) => boolean,
): readonly Cost[] {
  const prompted = new Set<string>();
  return costs.map(({ id, spend }) => {
    const { promptTokens = 0, ...rest } = spend;
    if (promptTokens === 0 || prompted.has(id) || isPrompted(id)) return { id, spend: rest };
    prompted.add(id);
    const flops = (rest.flops ?? 0) + forwardFlops(policy, 0, promptTokens);
    return { id, spend: { ...rest, promptTokens, flops } };
  });
}

/** A forward pass over prompt and response that neither draws nor rewards. */
export function forwardCost(policy: ModelSize, id: string, tokens: number): Cost {
  return { id, spend: { extraForwardTokens: tokens, flops: forwardFlops(policy, 0, tokens) } };
}

/** What a reward model has read. */
export function rewardCost(
  size: ModelSize,
  id: string,
  { tokens, seconds }: { readonly tokens: number; readonly seconds: number },
): Cost {
  return { id, spend: { rewardTokens: tokens, flops: forwardFlops(size, 0, tokens), ...measured(seconds) } };
}
