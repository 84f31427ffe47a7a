export { answerInWords } from "./answer.ts";
export type { Answer } from "./answer.ts";
export { tableOf, toCsv } from "./csv.ts";
export { storageError, writeAtomically } from "./files.ts";
export { experimentIn, type ExperimentKind } from "./experiment-folder.ts";
export { readLaserTraining, writeLaserTraining } from "./laser-training.ts";
export { overOptimisation } from "./over-optimisation.ts";
export type { OverOptimisation } from "./over-optimisation.ts";
export { RUN_FILES, readRun, runPaths, tablesOf, writePage, writeRun } from "./run-folder.ts";
export type { RunPaths } from "./run-folder.ts";
export { PAGE_DATA_PLACEHOLDER } from "./page-data.ts";
export { renderPage } from "./page.ts";
export type { PageData } from "./page.ts";
export type { PageDecision, PageLook } from "./page-look.ts";
export type { Trace } from "./traces.ts";
export * from "./view.ts";
export { allocationCsv, claimLine, claimsCsv, claimsMarkdown, readClaims, type ClaimRow } from "./claims.ts";
export {
  readPostTraining,
  renderPostTrainingPage,
  writePostTraining,
  writePostTrainingPage,
  type PostTrainingPaths,
} from "./post-training.ts";
export type { PostTrainingPageData } from "./post-training-data.ts";
