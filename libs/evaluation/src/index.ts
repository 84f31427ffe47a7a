export { allocationRows } from "./allocation-rows.ts";
export { studySuite } from "./allocation-study.ts";
export {
  allocationPoolSize,
  studyAllocation,
  type AllocationOutcome,
  type AllocationPolicy,
  type AllocationProblem,
  type AllocationStudy,
} from "./allocation.ts";
export type { BatchEstimate } from "./allocation-estimate.ts";
export type { AllocationMetric } from "./allocation-metrics.ts";
export { drawsOf, type Draw } from "./draws.ts";
export { evaluate, type SceneReader } from "./evaluate.ts";
export { fill, type FillReport } from "./fill.ts";
export { withFlags, parseBudgets, type SuiteFlags } from "./flags.ts";
export { judgedDataset } from "./judged.ts";
export { lift } from "./lift.ts";
export { lacking } from "./lacking.ts";
export { continuesWith } from "./needs.ts";
export { abstentionWarnings } from "./only-abstains.ts";
export { planRun } from "./plan-run.ts";
export { planText } from "./plan-text.ts";
export type { Estimate, Plan, PlannedCell, PlannedDraw } from "./plan.ts";
export { chosenProblems } from "./problems.ts";
export type { Phase, ProgressEvent, WorkOptions } from "./progress.ts";
export type { RunSetting } from "./setting.ts";
export { suggestion } from "./suggest.ts";
export { readSuiteFile } from "./suite-file.ts";
export {
  defineSuite,
  methodReference,
  suiteJsonSchema,
  suiteSchema,
  type MethodChoice,
  type MethodReference,
  type Suite,
  type SuiteInput,
} from "./suite-schema.ts";
export { methodNamed, resolveSuite, type Catalogue, type ResolvedSuite } from "./suite.ts";
export type { EvaluationTables } from "./tables.ts";
export { tune, type Tuned } from "./tune.ts";
