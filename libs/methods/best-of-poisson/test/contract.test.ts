import { procedureContract } from "@touchstone/testkit/vitest";
import { bestOfPoisson } from "../src/index.ts";

procedureContract(bestOfPoisson, { worlds: 4 });
procedureContract(bestOfPoisson, { worlds: 4, parameters: { mean: "hedged" } });
procedureContract(bestOfPoisson, { worlds: 2, parameters: { mean: 2.5, law: "fixed" } });
