import { selectorContract } from "@touchstone/testkit/vitest";
import { selfCertainty } from "../src/index.ts";

selectorContract(selfCertainty);
selectorContract(selfCertainty, { parameters: { mode: "reference" } });
selectorContract(selfCertainty, { parameters: { measure: "gini" } });
selectorContract(selfCertainty, { parameters: { use: "borda", measure: "distributional-perplexity" } });
selectorContract(selfCertainty, {
  parameters: { use: "borda", p: 1.2, measure: "top-confidence", representative: "surest" },
});
