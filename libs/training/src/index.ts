export type { LlamaConfig } from './config.ts';
export type { CheckpointOptions, OptimizerOptions, StepMetrics, TrainingState } from './loop.ts';
export { learningRate } from './schedule.ts';
export type { Schedule } from './schedule.ts';
export { trainSupervised } from './supervised.ts';
export type { SupervisedBatch, SupervisedOptions } from './supervised.ts';
export type { Tensor, Weights } from './weights.ts';
