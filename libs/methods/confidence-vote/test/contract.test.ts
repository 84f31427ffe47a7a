import { selectorContract } from "@touchstone/testkit/vitest";
import { confidenceVote } from "../src/index.ts";

selectorContract(confidenceVote);
selectorContract(confidenceVote, { parameters: { measure: "lowest-window", window: 4, keep: 0.1 } });
selectorContract(confidenceVote, { parameters: { measure: "tail", window: 5, keep: 1, weights: "softmax" } });
selectorContract(confidenceVote, {
  parameters: { measure: "bottom-windows", window: 3, weights: "equal", representative: "most-confident" },
});
