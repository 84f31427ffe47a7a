import type { Budget } from "@touchstone/core";
import { procedureContract } from "@touchstone/testkit/vitest";
import { adaptiveBestOfN } from "../src/index.ts";

// Below 10 samples the default share explores fewer than 8, and the method is undefined.
const budgets = [10, 13].map((amount): Budget => ({ unit: "samples", amount, scope: "batch" }));
const shared = { budgets, orderIndependent: false, worlds: 3 };

procedureContract(adaptiveBestOfN, shared);
procedureContract(adaptiveBestOfN, {
  ...shared,
  parameters: { estimator: "monte-carlo", paths: 16, density: "gaussian", exploration: 1 },
});
procedureContract(adaptiveBestOfN, { ...shared, parameters: { allocation: "sd-proportional" } });
