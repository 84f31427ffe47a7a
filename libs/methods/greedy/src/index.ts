import { defineSelector } from "@touchstone/core";
import { z } from "zod";

/**
 * Greedy decoding: one response, each token the most probable one. Costs one sample whatever the budget. The pool may hold
 * several rows of it (a tile is drawn whole); they are the same response and share the mass.
 */
export const greedy = defineSelector({
  name: "greedy",
  summary: "One response at temperature zero.",
  reference: {
    title: "The Curious Case of Neural Text Degeneration",
    authors: "Holtzman et al.",
    year: 2019,
    source: "arXiv:1904.09751",
  },
  needs: { rewards: "none", answers: false, atMost: 1, decoding: { temperature: 0 } },
  parameters: z.strictObject({}),
  select: (drawn) => ({ kind: "selected", weights: new Float64Array(drawn.size).fill(1 / drawn.size) }),
  expectation: (pool) => new Float64Array(pool.size).fill(1 / pool.size),
});
