import type { RunResults } from "@touchstone/core";

/** The tables of a run: all of core's `RunResults` but the manifest, which only the command can fill in. */
export type EvaluationTables = Omit<RunResults, "manifest">;
