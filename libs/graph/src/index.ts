export { architectures, parseModelConfig } from "./config.ts";
export type { Architecture, ModelConfig } from "./config.ts";
export { locateWeights, parseSafetensorsHeader, safetensorsHeaderSize } from "./safetensors.ts";
export type {
  SafetensorsHeader,
  TensorRecord,
  WeightReference,
  Weights,
  WeightType,
} from "./safetensors.ts";
export { checkWeights, countParameters } from "./model.ts";
export type { Model } from "./model.ts";
export type { Emit, Law, LoopKind, Target } from "./options.ts";
export { buildGenerateGraph, generateMemory } from "./generate.ts";
export type { GenerateOptions } from "./generate.ts";
export { buildEmbedGraph, buildRewardGraph, buildScoreGraph, buildStandardGraph } from "./score.ts";
export type { ScoreOptions } from "./score.ts";
