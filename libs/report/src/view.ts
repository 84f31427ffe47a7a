/** What a run says, as plain data: pure, and fit for a browser. */
export * from "./answer.ts";
export * from "./budget-table.ts";
export * from "./format.ts";
export * from "./series.ts";
export * from "./settings.ts";
