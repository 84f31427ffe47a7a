import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import { beforeAll, describe, expect, it } from "vitest";
import { drawResponses, type DrawnResponse, type GradedProblem } from "../src/arith/draw.ts";
import { publishedProblems } from "../src/arith/problems.ts";
import { REWARD_MODELS } from "../src/arith/recipes.ts";
import { pairwiseFigure } from "../src/arith/reward-figures.ts";
import { tokenizerConfig, tokenizerJson } from "../src/arith/tokenizer.ts";
import { accuracy, figure } from "../src/figures.ts";
import { scoreResponses } from "../src/score.ts";
import { checkModels, folderOf, outside, ROOT, SEED, tenthOf } from "./card-checks.ts";

const { signal } = new AbortController();
const SAMPLES = 32;

describe("the figures on the cards, measured again on a tenth of the templates", () => {
  let problems: GradedProblem[] = [];
  let drawn: DrawnResponse[][] = [];
  beforeAll(async () => {
    problems = tenthOf(await publishedProblems(ROOT, "test"));
    const policy = await loadLanguageModel(folderOf("arith"), { workers: 2 });
    drawn = await drawResponses(policy, problems, { count: SAMPLES, seed: SEED, signal });
    await policy.close();
  }, 120_000);

  it("accuracy of the policy is within the interval of the subsample", async () => {
    const clusters = problems.map(({ cluster }) => cluster);
    expect(
      await outside("arith", "accuracy", figure("accuracy", "", drawn.map(accuracy), clusters, SAMPLES)),
    ).toBeUndefined();
  });

  it.each(REWARD_MODELS.map(({ name }) => name))(
    "pairwise accuracy of %s is",
    async (name) => {
      const model = await loadRewardModel(folderOf(name), { workers: 2 });
      const scored = await scoreResponses(model, problems, drawn, { signal });
      await model.close();
      expect(await outside(name, "pairwise", pairwiseFigure("pairwise", "", scored))).toBeUndefined();
    },
    120_000,
  );
});

checkModels({ name: "arith", rewardModels: REWARD_MODELS, tokenizerJson, tokenizerConfig });
