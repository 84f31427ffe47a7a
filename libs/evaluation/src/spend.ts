import { forwardFlops, inUnit, type ModelSize, type Spend } from "@touchstone/core";
import type { ProblemPool } from "./columns.ts";

/** Sizes that FLOPs are counted by. */
export interface Sizes {
  readonly policy: ModelSize;
  readonly rewardModels: ReadonlyMap<string, ModelSize>;
}

/** What one problem costs: once for its prompt, and per sample in the mean over its pool. */
export interface ProblemCost {
  readonly promptTokens: number;
  readonly promptFlops: number;
  readonly completionTokens: number;
  readonly completionFlops: number;
  /** Engine seconds per drawn sample; NaN where one was not measured. */
  readonly seconds: number;
  readonly unparsable: number;
  readonly truncated: number;
  readonly rewards: ReadonlyMap<string, RewardCost>;
  /** Of the forward pass that tells what follows a response, where the pool holds it. */
  readonly afterLast: ForwardCost | undefined;
}

/** A forward pass over a response, in the mean. */
interface ForwardCost {
  readonly tokens: number;
  readonly flops: number;
  readonly seconds: number;
}

export interface RewardCost extends ForwardCost {
  readonly failed: number;
}

/** What a selector pays for beside its draws. */
export interface Pays {
  /** Reward models. */
  readonly visible: readonly string[];
  /** A forward pass over every response. */
  readonly afterLast: boolean;
}

/**
 * Costs of one problem. A random subset of n costs n times the pool's mean in expectation, so cells need no replicates for
 * their ledger. The prompt is processed once; a response of T tokens is T tokens of forward pass behind the prompt.
 */
export function problemCost(pool: ProblemPool, sizes: Sizes): ProblemCost {
  const over = (value: (index: number) => number): number => {
    let sum = 0;
    for (let i = 0; i < pool.size; i++) sum += value(i);
    return sum / pool.size;
  };
  const { afterLast } = pool;
  return {
    afterLast: afterLast && {
      tokens: over((i) => afterLast.tokens[i]!),
      flops: over((i) => forwardFlops(sizes.policy, 0, afterLast.tokens[i]!)),
      seconds: over((i) => afterLast.seconds[i]!),
    },
    promptTokens: knownTokens(pool.promptTokens),
    promptFlops: forwardFlops(sizes.policy, 0, pool.promptTokens),
    completionTokens: over((i) => knownTokens(pool.tokens[i]!)),
    completionFlops: over((i) => forwardFlops(sizes.policy, pool.promptTokens, pool.tokens[i]!)),
    seconds: over((i) => pool.seconds[i]!),
    unparsable: over((i) => (pool.answers[i] === -1 ? 1 : 0)),
    truncated: over((i) => pool.truncated[i]!),
    rewards: new Map(
      Array.from(pool.rewards, ([name, column]) => {
        const size = sizes.rewardModels.get(name)!;
        return [
          name,
          {
            // A model of unknown size is known by its recorded rewards alone.
            tokens: over((i) => (Number.isNaN(size.total) ? knownTokens(column.tokens[i]!) : column.tokens[i]!)),
            flops: over((i) => forwardFlops(size, 0, column.tokens[i]!)),
            seconds: over((i) => column.seconds[i]!),
            failed: over((i) => (Number.isNaN(column.values[i]!) ? 1 : 0)),
          },
        ];
      }),
    ),
  };
}

/** No prompt and no drawn response is without a token: 0 says that an imported file did not count them. */
export function knownTokens(tokens: number): number {
  return tokens === 0 ? Number.NaN : tokens;
}

/** Expected spend of deciding one problem on n samples. Seconds are absent where not measured. */
export function expectedSpend(cost: ProblemCost, n: number, { visible, afterLast }: Pays): Spend {
  const rewards = visible.map((name) => cost.rewards.get(name)!);
  const forward = afterLast && cost.afterLast ? [cost.afterLast] : [];
  const passes = [...rewards, ...forward];
  const total = (value: (pass: ForwardCost) => number, over: readonly ForwardCost[] = passes): number =>
    over.reduce((sum, pass) => sum + value(pass), 0);
  const seconds = n * (cost.seconds + total((pass) => pass.seconds));
  return {
    samples: n,
    promptTokens: cost.promptTokens,
    completionTokens: n * cost.completionTokens,
    rewardTokens: n * total(({ tokens }) => tokens, rewards),
    extraForwardTokens: n * total(({ tokens }) => tokens, forward),
    trainingTokens: 0,
    // All draws side by side, then each model over all of them.
    rounds: 1 + passes.length,
    flops: cost.promptFlops + n * (cost.completionFlops + total(({ flops }) => flops)),
    ...(Number.isNaN(seconds) ? {} : { seconds }),
  };
}

/**
 * The largest n at most `limit` whose spend, in the mean over problems, fits the amount; 0 where not even one sample does.
 * One n for all problems: stopping when a problem's budget is full would favour short answers.
 */
export function largestAffordable(
  costs: readonly ProblemCost[],
  pays: Pays,
  unit: "samples" | "tokens" | "flops",
  amount: number,
  limit: number,
): number {
  if (unit === "samples") return Math.min(Math.floor(amount), limit);
  const meanSpend = (n: number): number =>
    costs.reduce((sum, cost) => sum + inUnit(expectedSpend(cost, n, pays), unit), 0) / costs.length;
  const fixed = meanSpend(0);
  const each = meanSpend(1) - fixed;
  // Spends are sums of large numbers: a budget met exactly must not be missed by rounding.
  const affordable = Math.floor((amount - fixed) / each + 1e-9);
  return Math.max(0, Math.min(affordable, limit));
}
