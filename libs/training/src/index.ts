export type { OptimizerOptions } from "./adamw.ts";
export { trainBradleyTerry } from "./bradley-terry.ts";
export type { BradleyTerryBatch, BradleyTerryOptions } from "./bradley-terry.ts";
export { llamaShape, parameterShapes } from "./config.ts";
export type { LlamaConfig, LlamaShape, ModelKind } from "./config.ts";
export { forward, forwardRewards } from "./forward.ts";
export type { ForwardRow } from "./forward.ts";
export { initializeLlama } from "./initialize.ts";
export { openLikelihoodGradient } from "./likelihood-gradient.ts";
export type { LikelihoodGradient, LikelihoodGradientOptions, TokenRow } from "./likelihood-gradient.ts";
export type { LikelihoodStepMetrics, LikelihoodTrainingOptions, ResponseRow } from "./likelihood-training.ts";
export type { CheckpointOptions, StepMetrics, TrainingOptions, TrainingState } from "./loop.ts";
export { readModel } from "./model-folder.ts";
export type { Model } from "./model-folder.ts";
export { trainPolicyGradient } from "./policy-gradient.ts";
export type {
  ClipOptions,
  KlOptions,
  PolicyBatch,
  PolicyGradientOptions,
  PolicyRow,
  PolicyStepMetrics,
} from "./policy-gradient.ts";
export { trainPreferences } from "./preferences.ts";
export type {
  PreferenceBatch,
  PreferenceOptions,
  PreferencePair,
  PreferenceRow,
  PreferenceStepMetrics,
} from "./preferences.ts";
export { trainReward } from "./reward.ts";
export type { RewardBatch, RewardKind, RewardModelOptions, RewardOptions, RewardPart, RewardRows } from "./reward.ts";
export { readSafetensors, writeSafetensors } from "./safetensors.ts";
export type { SafetensorsFile } from "./safetensors.ts";
export { learningRate } from "./schedule.ts";
export type { Schedule } from "./schedule.ts";
export { trainSupervised } from "./supervised.ts";
export type { SupervisedBatch, SupervisedOptions } from "./supervised.ts";
export type { Tensor, Weights } from "./weights.ts";
