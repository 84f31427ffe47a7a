import type { Budget } from "@touchstone/core";
import { procedureContract } from "@touchstone/testkit/vitest";
import { adaptiveConsistency } from "../src/index.ts";

procedureContract(adaptiveConsistency);
procedureContract(adaptiveConsistency, { parameters: { confidence: 0.8, maximum: 5 } });
const shared: Budget = { unit: "samples", amount: 5, scope: "batch" };
const tokens: Budget = { unit: "tokens", amount: 60, scope: "problem" };
const flops: Budget = { unit: "flops", amount: 1200, scope: "batch" };
procedureContract(adaptiveConsistency, { budgets: [shared, tokens, flops] });
