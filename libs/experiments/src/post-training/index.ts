export {
  comparisonJsonSchema,
  defineComparison,
  readComparison,
  type Comparison,
  type ComparisonInput,
} from "./comparison.ts";
export { conduct, type Activity, type ConductedScene } from "./conduct.ts";
export { contestantsOf, type Contestant } from "./contestants.ts";
export { estimate, type WorldCost } from "./estimate.ts";
export { openScene, type OpenScene } from "./open-scene.ts";
export { tablesOf } from "./tables.ts";
