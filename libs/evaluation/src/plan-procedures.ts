import { decodingId, forwardFlops } from "@touchstone/core";
import { called } from "./called.ts";
import { contendersOf, type Place } from "./cells.ts";
import type { Draw } from "./draws.ts";
import { methodsOn } from "./lacking.ts";
import type { Estimate, PlannedProcedure } from "./plan.ts";
import { runsLive } from "./procedure-cell.ts";
import type { RunSetting } from "./setting.ts";

/** What procedures do live on a draw, at most: the budget of every problem spent on responses of the mean length. */
export function planProcedures(
  { suite, methods }: Pick<RunSetting, "suite" | "methods">,
  draw: Draw,
  { tokensPerResponse, secondsPerResponse }: Estimate,
): readonly PlannedProcedure[] {
  const { unit, amounts } = suite.budgets;
  const place = placeOf(draw);
  const contenders = contendersOf(suite, methodsOn({ methods }, draw), [...draw.rewardModels.keys()], place);
  const prompts = draw.problems.map(({ messages }) => draw.model.promptLength(messages));
  const promptTokens = prompts.reduce((sum, tokens) => sum + tokens, 0) / prompts.length;
  const read = promptTokens + tokensPerResponse;
  return contenders.filter(runsLive).map(({ method, parameters, rewardModel, visible }) => {
    const rewardFlops = visible.map((name) => forwardFlops(draw.rewardModels.get(name)!.size, 0, read));
    const flopsEach = rewardFlops.reduce(
      (sum, flops) => sum + flops,
      forwardFlops(draw.model.size, promptTokens, tokensPerResponse),
    );
    const costEach = { samples: 1, tokens: tokensPerResponse + visible.length * read, flops: flopsEach }[unit];
    const samples = Math.ceil((Math.max(...amounts) / costEach) * draw.problems.length) * suite.chains;
    return {
      ...place,
      split: draw.split,
      method: method.name,
      parameters,
      called: called(method, parameters),
      rewardModel,
      seed: draw.seed,
      problems: draw.problems.length,
      chains: suite.chains,
      samples,
      completionTokens: samples * tokensPerResponse,
      rewardTokens: samples * visible.length * read,
      flops: samples * flopsEach,
      seconds: secondsPerResponse === null ? null : samples * secondsPerResponse,
    };
  });
}

export function placeOf({ dataset, model, decoding }: Pick<Draw, "dataset" | "model" | "decoding">): Place {
  return { dataset: dataset.name, model: model.identity.name, decoding: decodingId(decoding) };
}
