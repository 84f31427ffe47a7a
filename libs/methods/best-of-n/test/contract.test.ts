import { selectorContract } from "@touchstone/testkit/vitest";
import { bestOfN } from "../src/index.ts";

selectorContract(bestOfN);
selectorContract(bestOfN, { seed: 2, rewardRange: [-1e9, 1e9] });
