import type { Decoding } from "@touchstone/core";

/** Where a claim is measured: one policy on problems of one built-in world, with how much of everything. */
export interface ClaimSetting {
  /** Kebab-case: also the name of the run that holds its tables. */
  readonly name: string;
  readonly dataset: string;
  readonly model: string;
  /** All that its claims name. */
  readonly rewardModels: readonly string[];
  /** Test problems, as a limit. */
  readonly problems: number;
  /** Samples per problem. */
  readonly pool: number;
  readonly unit: "samples" | "tokens";
  readonly decodings?: readonly Partial<Decoding>[];
  /** Validation problems and trials of tuning; absent: nothing is tuned. */
  readonly tuning?: { readonly problems: number; readonly trials: number; readonly budget?: number };
  /** Problems of the train split that methods learn from; absent: none. */
  readonly fit?: number;
}

/** One cell: a method at a budget. */
export interface CellChoice {
  readonly method: string;
  /** That differ from the defaults. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** The entry that validation tunes, where the comparison fixes the knob itself; default: `parameters`. */
  readonly tune?: Readonly<Record<string, unknown>>;
  /** Default: the case's, where the method reads one. */
  readonly rewardModel?: string;
  readonly budget: number;
  /** Index into the setting's decodings; default 0. */
  readonly decoding?: number;
}

/** A cell, or the one among several with the highest or lowest gold score on validation. */
export type Side =
  | CellChoice
  | { readonly highest: readonly CellChoice[] }
  | { readonly lowest: readonly CellChoice[] };

/** left − right, paired by problem. */
export interface PairedPart {
  readonly left: Side;
  readonly right: Side;
  /** Whether this part says "at least level", where the claim as a whole does not. */
  readonly level?: boolean;
}

/** Where a comparison of cells is made; one verdict each. A claim of several parts holds where all of them do. */
export interface PairedCase {
  readonly setting: ClaimSetting;
  /** Empty where no side reads one. */
  readonly rewardModel: string;
  readonly parts: readonly (PairedPart & { readonly setting?: ClaimSetting })[];
}

/** How a shared budget is spread. */
export interface SpreadChoice {
  readonly exploration: number;
  readonly rule: "adaptive" | "sd-proportional";
}

/** Batch win rates of spreading a shared budget: against uniform allocation, a larger uniform one, or another rule. */
export interface AllocationCase {
  readonly setting: ClaimSetting;
  readonly rewardModel: string;
  readonly batchSize: number;
  /** Draws per problem. */
  readonly budget: number;
  readonly policy: SpreadChoice;
  readonly against: "uniform" | "uniform-larger" | SpreadChoice;
  /** The claim is about how much higher the win rate is than with this batch size. */
  readonly minusBatchSize?: number;
}

/** Whether a method's choice among reward models depends on the kind of the problem. */
export interface InformationCase {
  readonly setting: ClaimSetting;
  readonly cell: CellChoice;
  /** Kinds of constraint by family. A problem is of the family that most kinds of its cluster's id are of, or `mixed`. */
  readonly families: Readonly<Record<string, readonly string[]>>;
  readonly permutations: number;
}

/** One number of each seed's trained policy, in the tables that an experiment wrote. */
export interface TrainedCell {
  /** File name of the table, which has a column `seed`. */
  readonly table: string;
  /** Columns by which its one row a seed is found. */
  readonly where: Readonly<Record<string, string | number | boolean | null>>;
  readonly column: string;
  /** Column of the problem, where a seed has a row for each: its number is their mean, over those that the other side has too. */
  readonly problem?: string;
}

/** A weighted sum of numbers of one seed. */
export interface TrainedSide {
  readonly label: string;
  readonly terms: readonly { readonly weight: number; readonly of: TrainedCell }[];
}

/** A method on a policy that was not trained, as a run of the setting evaluates it: one number a problem for all seeds. */
export interface UntrainedSide {
  readonly setting: ClaimSetting;
  readonly cell: CellChoice;
}

/** A number along the training of each seed, with what it had cost by then. */
export interface TrainedCurve extends TrainedCell {
  readonly label: string;
  /** Column that orders the rows of a seed. */
  readonly along: string;
  /** Column of the cost so far. */
  readonly cost: string;
}

/** Two curves of which the right one sets the level that both are to reach. */
export interface TrainedCurves {
  readonly left: TrainedCurve;
  readonly right: TrainedCurve;
}

/** left − right by seed; or how much of the right one's cost the left one saves until it is as good as the right one ended. */
export type TrainedPart =
  | { readonly left: TrainedSide | UntrainedSide; readonly right: TrainedSide }
  | { readonly saving: TrainedCurves };

/** Where policies are compared that an experiment trained. The unit is the seed. */
export interface TrainedCase {
  /** Name of the experiment: `./touchstone train <name>`. */
  readonly experiment: string;
  readonly dataset: string;
  /** Empty where several take part. */
  readonly rewardModel: string;
  readonly parts: readonly TrainedPart[];
}

export type Measure =
  | { readonly kind: "paired"; readonly cases: readonly PairedCase[] }
  | { readonly kind: "allocation"; readonly cases: readonly AllocationCase[] }
  | { readonly kind: "information"; readonly cases: readonly InformationCase[] }
  | { readonly kind: "trained"; readonly cases: readonly TrainedCase[] }
  /** Needs what the runs of this command do not have: a race over cells. */
  | { readonly kind: "elsewhere"; readonly needs: "race"; readonly why: string };

/** A sentence of a paper as a comparison with a decision rule that was fixed before its first run. Plain data. */
export interface Claim {
  readonly id: string;
  /** Short name of the paper; `ours` where the sentence is not the paper's. */
  readonly paper: string;
  readonly ours?: true;
  readonly sentence: string;
  readonly comparison: string;
  readonly metric: string;
  /** Smallest effect of interest, in units of the metric. */
  readonly delta: number;
  /** The claim is "at least level": it holds where the effect lies above −delta. */
  readonly level?: true;
  /**
   * The row that the verdict is of: with parameters `validation` chose, or as the `comparison` fixes them. The other row is
   * printed beside it.
   */
  readonly verdictOf: "validation" | "comparison";
  readonly measure: Measure;
}

/** Types a claim in a TypeScript file. */
export function defineClaim(claim: Claim): Claim {
  return claim;
}
