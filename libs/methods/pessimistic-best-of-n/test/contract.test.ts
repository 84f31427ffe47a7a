import { selectorContract } from "@touchstone/testkit/vitest";
import { pessimisticBestOfN } from "../src/index.ts";

selectorContract(pessimisticBestOfN);
selectorContract(pessimisticBestOfN, { parameters: { beta: 0.05, unit: "sd" } });
selectorContract(pessimisticBestOfN, { parameters: { beta: 1e8 }, rewardRange: [-1e9, 1e9] });
