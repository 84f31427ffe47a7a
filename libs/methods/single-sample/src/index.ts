import { defineSelector } from "@touchstone/core";
import { z } from "zod";

/**
 * One random sample of the policy, the anchor of every comparison: its expectation is the mean over the pool, exactly.
 * Costs one sample whatever the budget.
 */
export const singleSample = defineSelector({
  name: "single-sample",
  summary: "One random sample: the mean of the policy.",
  reference: {
    title: "The Curious Case of Neural Text Degeneration",
    authors: "Holtzman et al.",
    year: 2019,
    source: "arXiv:1904.09751",
  },
  needs: { rewards: "none", answers: false, atMost: 1 },
  parameters: z.strictObject({}),
  select: (drawn) => ({ kind: "selected", weights: new Float64Array(drawn.size).fill(1 / drawn.size) }),
  expectation: (pool) => new Float64Array(pool.size).fill(1 / pool.size),
});
