import { selectorContract } from "@touchstone/testkit/vitest";
import { softBestOfN } from "../src/index.ts";

selectorContract(softBestOfN);
selectorContract(softBestOfN, { parameters: { lambda: 0.1, unit: "sd" }, rewardRange: [-1e9, 1e9] });
