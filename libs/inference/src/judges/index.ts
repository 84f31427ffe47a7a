export { generativeRewardModel, RATIONALES, type GenRmOptions } from "./genrm.ts";
export { pairwiseJudge, type PairwiseOptions } from "./pairwise.ts";
export { openServedRewardModel, type RewardReading, type ServedRewardOptions } from "./served-reward-model.ts";
