import { drawResponses } from "../src/instruct/draw.ts";
import { meanGold } from "../src/instruct/policy-figures.ts";
import { publishedProblems } from "../src/instruct/problems.ts";
import { REWARD_MODELS } from "../src/instruct/recipes.ts";
import { concordanceFigures } from "../src/instruct/reward-figures.ts";
import { tokenizerConfig, tokenizerJson } from "../src/instruct/tokenizer.ts";
import { checkFigures, checkModels } from "./card-checks.ts";

checkFigures({
  name: "instruct",
  rewardModels: REWARD_MODELS,
  problems: publishedProblems,
  draw: drawResponses,
  samples: 16,
  figure: "gold",
  valueOf: meanGold,
  pairwise: (scored) => concordanceFigures(scored, "test")[0],
});
checkModels({ name: "instruct", rewardModels: REWARD_MODELS, tokenizerJson, tokenizerConfig });
