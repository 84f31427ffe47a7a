export type { SettingTables } from "./cells.ts";
export { choicesOf } from "./choices.ts";
export {
  defineClaim,
  type AllocationCase,
  type CellChoice,
  type Claim,
  type ClaimSetting,
  type InformationCase,
  type Measure,
  type PairedCase,
  type TrainedCase,
  type TrainedCell,
  type TrainedCurve,
  type TrainedPart,
  type TrainedSide,
} from "./claim.ts";
export { judge, notRun, placeOf, type Choice, type Evidence, type PlayedStudy } from "./judge.ts";
export { poolRewards } from "./pool-rewards.ts";
export { cellsOfSide, suiteOf, untrainedSides, worksOf, type Scale, type SettingWork } from "./suite-of.ts";
export { SEEDS_OF_A_VERDICT, type ResultRow, type TrainedResults } from "./trained.ts";
export { tableHash, withHolm, type AdjustedVerdict, type Verdict, type VerdictRow } from "./verdicts.ts";
