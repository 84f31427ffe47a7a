import { selectorContract } from "@touchstone/testkit/vitest";
import { weightedVote } from "../src/index.ts";

selectorContract(weightedVote);
selectorContract(weightedVote, { parameters: { beta: 0.05, representative: "highest-reward" } });
selectorContract(weightedVote, { parameters: { beta: 0.5, unit: "sd" } });
selectorContract(weightedVote, { parameters: { weights: "min-max", unparsable: "vote" } });
selectorContract(weightedVote, { parameters: { weights: "raw" }, rewardRange: [0, 1] });
