/** A run's tables as plain data to draw: pure, free of schemas and statistics, and so light enough for the page. */
export * from "./abstentions.ts";
export * from "./budget-table.ts";
export * from "./format.ts";
export * from "./series.ts";
export * from "./settings.ts";
