import { procedureContract } from "@touchstone/testkit/vitest";
import { laser } from "../src/index.ts";

procedureContract(laser, { worlds: 3 });
procedureContract(laser, { worlds: 3, parameters: { policy: "exp3", signal: "log-probability", regret: true } });
procedureContract(laser, {
  worlds: 2,
  parameters: { signal: "agreement", online: true, centred: true },
  orderIndependent: false,
});
for (const policy of ["random", "round-robin", "single", "standardised-mean", "rank-agreement"]) {
  procedureContract(laser, { worlds: 2, parameters: { policy } });
}
