import { expect, test } from "vitest";
import { checkLanguageModel, faultlessLanguageModel, MUTANT_LANGUAGE_MODELS } from "../src/index.ts";
import { languageModelContract } from "../src/vitest.ts";

languageModelContract("the toy policy", async () => faultlessLanguageModel, { prompts: ["ab", "c"] });

test("a backend without a fault breaks no law", async () => {
  expect(await checkLanguageModel(faultlessLanguageModel, { prompts: ["ab", "c"] })).toEqual([]);
});

test.each(MUTANT_LANGUAGE_MODELS)("the contract rejects a backend that $fault", async ({ model, breaks }) => {
  const violations = await checkLanguageModel(model, { prompts: ["ab", "c"] });
  const broken = Object.fromEntries(violations.map(({ law, detail }) => [law, detail]));
  for (const law of breaks) expect(broken).toHaveProperty([law], expect.stringMatching(/\w/));
});
