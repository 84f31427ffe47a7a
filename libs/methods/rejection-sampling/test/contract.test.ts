import type { Budget } from "@touchstone/core";
import { procedureContract } from "@touchstone/testkit/vitest";
import { rejectionSampling } from "../src/index.ts";

procedureContract(rejectionSampling);
procedureContract(rejectionSampling, { parameters: { beta: 0.2, unit: "sd", bound: 3, fallback: "last" } });
const tokens: Budget = { unit: "tokens", amount: 120, scope: "problem" };
const shared: Budget = { unit: "samples", amount: 9, scope: "batch" };
const flops: Budget = { unit: "flops", amount: 1200, scope: "problem" };
procedureContract(rejectionSampling, { budgets: [tokens, shared, flops], parameters: { warmUp: 0.25 } });
