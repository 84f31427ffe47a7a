import { bestOfNMean, bonRl, catBon } from "@touchstone/advantage-best-of-n-weights";
import { grpo, grpoZ, rloo } from "@touchstone/advantage-group-mean";
import { maxAtK, orderStatisticExtrapolation } from "@touchstone/advantage-max-at-k";
import { prefixTea, prefixTeaCrossFitted, tea } from "@touchstone/advantage-tea";
import type { AdvantageEstimator } from "@touchstone/core";

/** The registry of advantage estimators: one exists for the command once it stands here. */
export const ESTIMATORS: readonly AdvantageEstimator[] = [
  tea,
  prefixTea,
  prefixTeaCrossFitted,
  orderStatisticExtrapolation,
  maxAtK,
  rloo,
  grpo,
  grpoZ,
  bestOfNMean,
  bonRl,
  catBon,
];
