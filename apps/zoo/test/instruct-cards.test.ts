import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import { beforeAll, describe, expect, it } from "vitest";
import { figure } from "../src/figures.ts";
import { drawResponses, type CheckedResponse } from "../src/instruct/draw.ts";
import { meanGold } from "../src/instruct/policy-figures.ts";
import { publishedProblems, type ConstrainedProblem } from "../src/instruct/problems.ts";
import { REWARD_MODELS } from "../src/instruct/recipes.ts";
import { concordanceFigures } from "../src/instruct/reward-figures.ts";
import { tokenizerConfig, tokenizerJson } from "../src/instruct/tokenizer.ts";
import { scoreResponses } from "../src/score.ts";
import { checkModels, folderOf, outside, ROOT, SEED, tenthOf } from "./card-checks.ts";

const { signal } = new AbortController();
const SAMPLES = 16;

describe("the figures on the cards, measured again on a tenth of the templates", () => {
  let problems: ConstrainedProblem[] = [];
  let drawn: CheckedResponse[][] = [];
  beforeAll(async () => {
    problems = tenthOf(await publishedProblems(ROOT, "test"));
    const policy = await loadLanguageModel(folderOf("instruct"), { workers: 2 });
    drawn = await drawResponses(policy, problems, { count: SAMPLES, seed: SEED, signal });
    await policy.close();
  }, 120_000);

  it("gold of the policy is within the interval of the subsample", async () => {
    const clusters = problems.map(({ cluster }) => cluster);
    expect(
      await outside("instruct", "gold", figure("gold", "", drawn.map(meanGold), clusters, SAMPLES)),
    ).toBeUndefined();
  });

  it.each(REWARD_MODELS.map(({ name }) => name))(
    "pairwise accuracy of %s is",
    async (name) => {
      const model = await loadRewardModel(folderOf(name), { workers: 2 });
      const scored = await scoreResponses(model, problems, drawn, { signal });
      await model.close();
      expect(await outside(name, "pairwise", concordanceFigures(scored, "test")[0])).toBeUndefined();
    },
    120_000,
  );
});

checkModels({ name: "instruct", rewardModels: REWARD_MODELS, tokenizerJson, tokenizerConfig });
