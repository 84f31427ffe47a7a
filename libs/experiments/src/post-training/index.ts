export { bestOf, meanOver, METRICS, type DeployedProblem, type Metric } from "./best-of.ts";
export {
  comparisonJsonSchema,
  defineComparison,
  labelOf,
  readComparison,
  type Comparison,
  type ComparisonInput,
} from "./comparison.ts";
export { contestantsOf, type Contestant } from "./contestants.ts";
export { effectOf, type Effect } from "./effects.ts";
export { atKl, matchedKl, type PathPoint } from "./matched-kl.ts";
export { payOff, type PayOffEstimate } from "./pay-off.ts";
export { chosenRate, finalsOf, runName, settingsOf, trialsOf, type RunSpec } from "./plan.ts";
export { tailOf, type TailPoint } from "./tail.ts";
