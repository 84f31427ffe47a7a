import type { BudgetUnit } from "./budget.ts";
import type { ModelSize } from "./language-model.ts";

/** What was spent. Tokens are counted, never assumed; `seconds` is measured or absent (law 5). */
export interface Spend {
  /** Drawn or continued responses, rejected proposals included. */
  readonly samples: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly rewardTokens: number;
  /** Tokens of forward passes that neither draw nor reward: scoring, embedding. */
  readonly extraForwardTokens: number;
  readonly trainingTokens: number;
  /** Sequential rounds of engine calls: the critical path. */
  readonly rounds: number;
  readonly flops: number;
  readonly seconds?: number;
}

export const NOTHING_SPENT: Spend = Object.freeze({
  samples: 0,
  promptTokens: 0,
  completionTokens: 0,
  rewardTokens: 0,
  extraForwardTokens: 0,
  trainingTokens: 0,
  rounds: 0,
  flops: 0,
});

/** Collects spends. Seconds are known only while every entry has them. */
export class Ledger {
  #total: Spend = NOTHING_SPENT;
  #entries = 0;

  add(spend: Partial<Spend>): void {
    const t = this.#total;
    const seconds =
      spend.seconds === undefined || (this.#entries > 0 && t.seconds === undefined)
        ? undefined
        : (t.seconds ?? 0) + spend.seconds;
    this.#entries++;
    this.#total = {
      samples: t.samples + (spend.samples ?? 0),
      promptTokens: t.promptTokens + (spend.promptTokens ?? 0),
      completionTokens: t.completionTokens + (spend.completionTokens ?? 0),
      rewardTokens: t.rewardTokens + (spend.rewardTokens ?? 0),
      extraForwardTokens: t.extraForwardTokens + (spend.extraForwardTokens ?? 0),
      trainingTokens: t.trainingTokens + (spend.trainingTokens ?? 0),
      rounds: t.rounds + (spend.rounds ?? 0),
      flops: t.flops + (spend.flops ?? 0),
      ...(seconds === undefined ? {} : { seconds }),
    };
  }

  get total(): Spend {
    return this.#total;
  }
}

/** A spend in a budget's unit (law 7). Tokens are those that any model processed; training has its own account. */
export function inUnit(spend: Partial<Spend>, unit: BudgetUnit): number {
  if (unit === "samples") return spend.samples ?? 0;
  if (unit === "flops") return spend.flops ?? 0;
  const { promptTokens = 0, completionTokens = 0, rewardTokens = 0, extraForwardTokens = 0 } = spend;
  return promptTokens + completionTokens + rewardTokens + extraForwardTokens;
}

/**
 * What one more response of `tokens` tokens spends behind a prompt, the prompt included unless it is `prompted`; with
 * `rewardModel` also one reading of both by it.
 */
export function spendOfDraw(
  policy: ModelSize,
  {
    promptTokens,
    prompted,
    tokens,
  }: { readonly promptTokens: number; readonly prompted: boolean; readonly tokens: number },
  rewardModel?: ModelSize,
): Partial<Spend> {
  const read = rewardModel ? promptTokens + tokens : 0;
  return {
    samples: 1,
    promptTokens: prompted ? 0 : promptTokens,
    completionTokens: tokens,
    rewardTokens: read,
    flops:
      (prompted ? 0 : forwardFlops(policy, 0, promptTokens)) +
      forwardFlops(policy, promptTokens, tokens) +
      (rewardModel ? forwardFlops(rewardModel, 0, read) : 0),
  };
}

/**
 * FLOPs of a forward pass over `count` tokens that follow `context` cached ones: 2 × active parameters per token, plus
 * attention, 4 × attentionWidth × (tokens attended to) per token (a query-key and a value product, two FLOPs each).
 */
export function forwardFlops(size: ModelSize, context: number, count: number): number {
  const attended = count * context + (count * (count + 1)) / 2;
  return 2 * size.active * count + 4 * size.attentionWidth * attended;
}
