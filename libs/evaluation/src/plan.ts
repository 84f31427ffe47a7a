import type { BudgetUnit } from "@touchstone/core";

/** One draw of the grid, with what is there and what is missing. */
export interface PlannedDraw {
  readonly dataset: string;
  readonly split: string;
  readonly model: string;
  /** The suite's decoding, and the one that is drawn with: they differ for a method such as greedy. */
  readonly decoding: string;
  readonly drawnWith: string;
  readonly seed: number;
  readonly problems: number;
  readonly samplesPerProblem: number;
  /** Samples that are in the pool, and that are not. */
  readonly stored: number;
  readonly missing: number;
  readonly rewards: readonly { readonly rewardModel: string; readonly stored: number; readonly missing: number }[];
  readonly estimate: Estimate;
}

/** What is missing will cost about this much. */
export interface Estimate {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly rewardTokens: number;
  readonly flops: number;
  /** Null where the pool holds nothing measured to learn a speed from. */
  readonly seconds: number | null;
  /** Completion tokens per response that the estimate rests on. */
  readonly tokensPerResponse: number;
  /** Engine seconds per response; null where none is measured. */
  readonly secondsPerResponse: number | null;
  /** `pool`: mean length of samples that are there; `cap`: half of the length cap, because there are none. */
  readonly source: "pool" | "cap";
}

/**
 * A procedure that runs on a model first, at its largest budget, which serves the smaller ones. What the pool keeps of it is
 * only known by running it, so the numbers are upper bounds for an empty pool.
 */
export interface PlannedProcedure {
  readonly dataset: string;
  readonly split: string;
  readonly model: string;
  readonly decoding: string;
  readonly method: string;
  readonly parameters: string;
  /** The method with the parameters that are not its defaults, in words. */
  readonly called: string;
  readonly rewardModel: string;
  readonly seed: number;
  readonly problems: number;
  /** Times that each problem is decided. */
  readonly chains: number;
  /** Responses drawn or continued, and completion tokens: each response taken to be as long as an independent one. */
  readonly samples: number;
  readonly completionTokens: number;
  readonly rewardTokens: number;
  readonly flops: number;
  /** Null where the pool holds nothing measured to learn a speed from. */
  readonly seconds: number | null;
}

/** One cell of the grid: one method with one reward model at one budget. */
export interface PlannedCell {
  readonly dataset: string;
  readonly model: string;
  readonly decoding: string;
  readonly method: string;
  readonly parameters: string;
  readonly rewardModel: string;
  readonly budgetUnit: BudgetUnit;
  readonly budget: number;
  readonly seed: number;
  /** `pool-below-4x` where the pool is smaller than four times the budget. */
  readonly flag: string;
}

/** What is studied of allocating a shared budget: the policies that explore alike, with one reward model. */
export interface PlannedAllocation {
  readonly dataset: string;
  readonly model: string;
  readonly decoding: string;
  readonly rewardModel: string;
  readonly seed: number;
  /** Samples per problem, on average, and those that every problem begins with. */
  readonly budget: number;
  readonly explored: number;
  readonly policies: readonly string[];
  /** The sizes that the problems fill, and how many batches of each are played in a partition. */
  readonly batches: readonly { readonly size: number; readonly count: number }[];
  readonly partitions: number;
  readonly runs: number;
  /** Samples that a problem's pool must hold: exploration, what one problem may get, and the comparator's. */
  readonly samplesPerProblem: number;
}

export interface Plan {
  readonly suite: string;
  readonly draws: readonly PlannedDraw[];
  readonly cells: readonly PlannedCell[];
  readonly procedures: readonly PlannedProcedure[];
  readonly allocation: readonly PlannedAllocation[];
  /** Of independent samples and their rewards. */
  readonly total: {
    readonly samplesMissing: number;
    readonly rewardsMissing: number;
    readonly completionTokens: number;
    readonly rewardTokens: number;
    readonly flops: number;
    readonly seconds: number | null;
  };
  /** Sentences worth reading before a run: pools that are too small, lengths that are guessed. */
  readonly notes: readonly string[];
}
