import { drawResponses } from "../src/arith/draw.ts";
import { publishedProblems } from "../src/arith/problems.ts";
import { REWARD_MODELS } from "../src/arith/recipes.ts";
import { pairwiseFigure } from "../src/arith/reward-figures.ts";
import { tokenizerConfig, tokenizerJson } from "../src/arith/tokenizer.ts";
import { accuracy } from "../src/figures.ts";
import { checkFigures, checkModels } from "./card-checks.ts";

checkFigures({
  name: "arith",
  rewardModels: REWARD_MODELS,
  problems: publishedProblems,
  draw: drawResponses,
  samples: 32,
  figure: "accuracy",
  valueOf: accuracy,
  pairwise: (scored) => pairwiseFigure("pairwise", "", scored),
});
checkModels({ name: "arith", rewardModels: REWARD_MODELS, tokenizerJson, tokenizerConfig });
