import { defineSelector } from "@touchstone/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { checkSelector, faultlessSelector, MUTANT_SELECTORS } from "../src/index.ts";
import { selectorContract } from "../src/vitest.ts";

selectorContract(faultlessSelector);

test("a method without a fault breaks no law", () => {
  expect(checkSelector(faultlessSelector)).toEqual([]);
});

test.each(MUTANT_SELECTORS)("the contract rejects a method that $fault", ({ selector, breaks }) => {
  const broken = Object.fromEntries(checkParsable(selector).map(({ law, detail }) => [law, detail]));
  for (const law of breaks) expect(broken).toHaveProperty([law], expect.stringMatching(/\w/));
});

/** A mutant whose schema has no defaults cannot be tried without parameters. */
function checkParsable(selector: (typeof MUTANT_SELECTORS)[number]["selector"]) {
  const parameters = selector.parameters.safeParse({}).success ? {} : { beta: 1 };
  return checkSelector(selector, { parameters });
}

test("the message names the view and what was seen", () => {
  const { selector } = MUTANT_SELECTORS.find(({ fault }) => fault === "does not normalise tied weights")!;
  expect(checkSelector(selector)).toContainEqual({
    law: "weights are a law over the draws",
    detail: expect.stringMatching(/^ties view \d+ of \d+: weights \[.*1, .*1.*\] with sum [2-7]$/),
  });
});

test("a method may use its stream, which is the same for the same draws", () => {
  // Draws its tie-break by a key of the sample, not by its place: order and stream both kept.
  const random = defineSelector<object>({
    name: "random-text",
    summary: "A sample chosen by a keyed number of its text.",
    reference: { title: "Test", authors: "ours", year: 2026 },
    needs: { rewards: "none", answers: false },
    parameters: z.strictObject({}),
    select(drawn, _, stream) {
      const keys = Array.from({ length: drawn.size }, (__, i) => stream.child(drawn.text(i)).uniform());
      const winners = keys.map((key) => Number(key === Math.max(...keys)));
      const count = winners.reduce((a, b) => a + b, 0);
      return { kind: "selected", weights: Float64Array.from(winners, (winner) => winner / count) };
    },
  });
  expect(checkSelector(random)).toEqual([]);
});
