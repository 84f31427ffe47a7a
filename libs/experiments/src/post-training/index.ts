export {
  comparisonJsonSchema,
  defineComparison,
  labelOf,
  readComparison,
  type Comparison,
  type ComparisonInput,
} from "./comparison.ts";
export { conduct, type Activity, type ConductedScene } from "./conduct.ts";
export { contestantsOf, type Contestant } from "./contestants.ts";
export { settingsOf } from "./plan.ts";
export type { Scene, TrainablePolicy } from "./scene.ts";
export { tablesOf } from "./tables.ts";
