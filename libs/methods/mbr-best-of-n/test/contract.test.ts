import { selectorContract } from "@touchstone/testkit/vitest";
import { mbrBestOfN } from "../src/index.ts";

selectorContract(mbrBestOfN);
selectorContract(mbrBestOfN, {
  parameters: { alpha: 3, unit: "sd", similarity: "equality" },
  rewardRange: [-1e9, 1e9],
});
selectorContract(mbrBestOfN, { parameters: { proximity: "log-probability", alpha: 0.1 } });
