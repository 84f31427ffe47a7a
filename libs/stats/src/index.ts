export { ADAPTIVE, allocateDraws, exploredDraws, LEAST_EXPLORED, type AllocationRule } from "./allocation.ts";
export { largestBudgetBeaten, survivalNull, survivalTime, winRate } from "./allocation-metrics.ts";
export { exactValue, greedyAllocation } from "./allocation-value.ts";
export * from "./bootstrap.ts";
export { clusteredMean, type EstimateOptions, type MeanEstimate, type Missing } from "./clustered-mean.ts";
export { midRanks, pearson, spearman } from "./correlation.ts";
export { mean, median, quantile, standardDeviation } from "./descriptive.ts";
export * from "./distributions.ts";
export { effectiveSampleSize } from "./effective-sample-size.ts";
export * from "./intervals.ts";
export { empiricalLaw, type RewardLaw } from "./kernel-density.ts";
export {
  instructionDifficulty,
  lengthControlledWinRate,
  winRateOf,
  type LengthControlledWinRate,
  type WinRate,
} from "./length-controlled.ts";
export { meanSimilarities } from "./mean-similarity.ts";
export { massOnClasses, modes, type Modes } from "./modes.ts";
export * from "./monte-carlo.ts";
export { mutualInformation, permutedInformation, type LabelledChoice } from "./mutual-information.ts";
export * from "./multiplicity.ts";
export {
  exponentialMaximumMean,
  normalDensity,
  normalMaximumMean,
  normalTail,
  normalUpperTail,
  type NormalTail,
} from "./normal-tail.ts";
export { ascendingOrder } from "./order.ts";
export * from "./paired-comparison.ts";
export * from "./reward-quality.ts";
export { rouge1, rouge1Pairs } from "./rouge.ts";
export { massOnHighest, standing, type Standing } from "./standing.ts";
export { bestOfNWeights, oracle, passAtK, randomChoice } from "./subsets.ts";
