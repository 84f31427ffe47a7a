import { expect, test } from "vitest";
import { checkAdvantageEstimator, faultlessAdvantages, MUTANT_ADVANTAGES } from "../src/index.ts";
import { advantageContract } from "../src/vitest.ts";

advantageContract(faultlessAdvantages);

test("an estimator without a fault breaks no law", () => {
  expect(checkAdvantageEstimator(faultlessAdvantages)).toEqual([]);
});

test.each(MUTANT_ADVANTAGES)("the contract rejects an estimator that $fault", ({ estimator, breaks }) => {
  const broken = Object.fromEntries(checkAdvantageEstimator(estimator).map(({ law, detail }) => [law, detail]));
  for (const law of breaks) expect(broken).toHaveProperty([law], expect.stringMatching(/\w/));
});

test("the message names the group and what was seen", () => {
  const { estimator } = MUTANT_ADVANTAGES.find(({ fault }) => fault === "returns too few")!;
  expect(checkAdvantageEstimator(estimator)).toContainEqual({
    law: "one finite advantage a rollout",
    detail: expect.stringMatching(/^normal group 0 of 16: \[/),
  });
});
