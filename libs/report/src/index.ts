export { answerInWords } from "./answer.ts";
export type { Answer } from "./answer.ts";
export { overOptimisation } from "./over-optimisation.ts";
export type { OverOptimisation } from "./over-optimisation.ts";
export { RUN_FILES, readRun, runPaths, writePage, writeRun } from "./run-folder.ts";
export type { RunPaths } from "./run-folder.ts";
export { PAGE_DATA_PLACEHOLDER, renderPage } from "./page.ts";
export type { PageData } from "./page.ts";
export * from "./view.ts";
