export { chosenProblems } from "./problems.ts";
export { drawsOf, type Draw } from "./draws.ts";
export type { Estimate, Plan, PlannedCell, PlannedDraw } from "./plan.ts";
export type { Phase, ProgressEvent, WorkOptions } from "./progress.ts";
export type { RunSetting } from "./setting.ts";
export {
  defineSuite,
  suiteJsonSchema,
  suiteSchema,
  type MethodChoice,
  type Suite,
  type SuiteInput,
} from "./suite-schema.ts";
export { resolveSuite, type Catalogue, type ResolvedSuite } from "./suite.ts";
export type { EvaluationTables } from "./tables.ts";
