import { procedureContract } from "@touchstone/testkit/vitest";
import { powerSampling, qalign, quest } from "../src/index.ts";

const few = { worlds: 2 };

procedureContract(qalign, few);
procedureContract(qalign, {
  ...few,
  parameters: { kernel: "line", answer: "mbr", unit: "sd", burnIn: 0, thinning: 2 },
});
procedureContract(qalign, { ...few, parameters: { kernel: "independence" } });
procedureContract(qalign, { ...few, parameters: { accept: "better", answer: "best" } });
procedureContract(qalign, { ...few, budgets: [{ unit: "tokens", amount: 150, scope: "problem" }] });
procedureContract(qalign, { ...few, budgets: [{ unit: "flops", amount: 1200, scope: "problem" }] });
procedureContract(quest, few);
procedureContract(quest, { ...few, parameters: { kernel: "line", accept: "reference" } });
procedureContract(quest, { ...few, parameters: { kernel: "independence", answer: "last" } });
procedureContract(powerSampling, few);
procedureContract(powerSampling, {
  ...few,
  parameters: { kernel: "line", answer: "majority", proposalTemperature: 0.6 },
});
procedureContract(powerSampling, { ...few, parameters: { kernel: "independence" } });
procedureContract(powerSampling, { ...few, parameters: { blockTokens: 2, blockSteps: 1, alpha: 2 } });
