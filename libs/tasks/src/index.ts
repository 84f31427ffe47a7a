export * from "./dataset.ts";
export * from "./exact-number.ts";
export * from "./manifest.ts";
export * from "./metrics.ts";
export * from "./numeric.ts";
export * from "./problems.ts";
