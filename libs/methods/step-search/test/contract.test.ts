import { procedureContract } from "@touchstone/testkit/vitest";
import { beam, dvts, particleFiltering, speculativeRejection, stepBestOfN } from "../src/index.ts";

const few = {
  worlds: 2,
  budgets: [1, 3, 17].map((amount) => ({ unit: "samples", amount, scope: "problem" }) as const),
};

procedureContract(stepBestOfN, few);
procedureContract(beam, few);
procedureContract(beam, { ...few, parameters: { children: 2, aggregate: "mean" } });
procedureContract(dvts, { ...few, parameters: { children: 2, aggregate: "min" } });
procedureContract(dvts, { ...few, parameters: { trees: 3 } });
procedureContract(particleFiltering, few);
procedureContract(particleFiltering, {
  ...few,
  parameters: { answer: "sample", temperature: 0.5, unit: "sd", transform: "logit" },
  rewardRange: [0.05, 0.95],
});
procedureContract(speculativeRejection, few);
procedureContract(speculativeRejection, { ...few, parameters: { alpha: 0.25, chunks: 3 } });

// In tokens a part's cost is known afterwards only.
const tokens = { worlds: 1, budgets: [{ unit: "tokens", amount: 300, scope: "problem" } as const], seed: 2 };
for (const procedure of [stepBestOfN, beam, dvts, particleFiltering, speculativeRejection]) {
  procedureContract(procedure, tokens);
}
