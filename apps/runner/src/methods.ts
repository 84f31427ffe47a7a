import type { Method } from "@touchstone/core";
import { adaptiveBestOfN } from "@touchstone/method-adaptive-best-of-n";
import { adaptiveConsistency } from "@touchstone/method-adaptive-consistency";
import { bestOfN } from "@touchstone/method-best-of-n";
import { bestOfPoisson } from "@touchstone/method-best-of-poisson";
import { confidenceVote } from "@touchstone/method-confidence-vote";
import { greedy } from "@touchstone/method-greedy";
import { laser } from "@touchstone/method-laser";
import { majorityOfTheBests } from "@touchstone/method-majority-of-the-bests";
import { majorityVote } from "@touchstone/method-majority-vote";
import { powerSampling, qalign, quest } from "@touchstone/method-markov-chain";
import { mbr } from "@touchstone/method-mbr";
import { mbrBestOfN } from "@touchstone/method-mbr-best-of-n";
import { pessimisticBestOfN } from "@touchstone/method-pessimistic-best-of-n";
import { rejectionSampling } from "@touchstone/method-rejection-sampling";
import { selfCertainty } from "@touchstone/method-self-certainty";
import { singleSample } from "@touchstone/method-single-sample";
import { softBestOfN } from "@touchstone/method-soft-best-of-n";
import { weightedVote } from "@touchstone/method-weighted-vote";
import { beam, dvts, particleFiltering, speculativeRejection, stepBestOfN } from "@touchstone/method-step-search";

/** The registry (law 9): a method exists for the command once it stands here. */
export const METHODS: readonly Method[] = [
  singleSample,
  greedy,
  majorityVote,
  bestOfN,
  weightedVote,
  selfCertainty,
  softBestOfN,
  pessimisticBestOfN,
  adaptiveBestOfN,
  majorityOfTheBests,
  mbr,
  mbrBestOfN,
  confidenceVote,
  qalign,
  quest,
  powerSampling,
  laser,
  adaptiveConsistency,
  rejectionSampling,
  bestOfPoisson,
  stepBestOfN,
  beam,
  dvts,
  particleFiltering,
  speculativeRejection,
];
