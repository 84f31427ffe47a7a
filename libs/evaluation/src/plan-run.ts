import { decodingId, forwardFlops, type RewardModel } from "@touchstone/core";
import { leftOut } from "./allocation-plan.ts";
import { planAllocation } from "./plan-allocation.ts";
import { cellsOf, contendersOf } from "./cells.ts";
import { checkContext } from "./check-context.ts";
import { checkGold } from "./check-gold.ts";
import { checkJudged, judgeNotes } from "./judged.ts";
import { inChunks } from "./chunks.ts";
import { drawsOf, type Draw } from "./draws.ts";
import { missingSamples } from "./fill-samples.ts";
import { fitSetting } from "./fit.ts";
import { checkCapabilities, methodsOn } from "./lacking.ts";
import { poolFlag } from "./lines.ts";
import { abstentionWarnings } from "./only-abstains.ts";
import { runsLive } from "./procedure-cell.ts";
import { placeOf, planProcedures } from "./plan-procedures.ts";
import type { Estimate, Plan, PlannedCell, PlannedDraw, PlannedProcedure } from "./plan.ts";
import type { RunSetting } from "./setting.ts";
import { tuningSetting } from "./tune-setting.ts";

/** Samples looked at to learn lengths and speeds. */
const LOOKED_AT = { problems: 16, samples: 64 };

/**
 * What a suite will do: its cells, what the pool holds and lacks for them, and about what that costs. Reads only. Throws as
 * `drawsOf` does for settings that cannot be run, `no-gold`, `missing-capability` and `context-too-long`.
 */
export async function planRun(setting: RunSetting): Promise<Plan> {
  const { suite } = setting;
  checkGold(setting);
  checkJudged(setting);
  const draws = drawsOf(setting);
  const tuning = tuningSetting(setting);
  const labelled = fitSetting(setting);
  const abstaining = checkCapabilities(setting, draws);
  checkContext([...(labelled ? drawsOf(labelled) : []), ...(tuning ? drawsOf(tuning) : []), ...draws]);
  const planned: PlannedDraw[] = [];
  const procedures: PlannedProcedure[] = [];
  for (const draw of labelled ? drawsOf(labelled) : []) planned.push(await planDraw(setting, draw));
  for (const part of tuning ? [tuning, setting] : [setting]) {
    for (const draw of drawsOf(part)) {
      const plan = await planDraw(part, draw);
      planned.push(plan);
      if (!draw.variant) procedures.push(...planProcedures(part, draw, plan.estimate));
    }
  }
  const cells = draws.filter((draw) => !draw.variant).flatMap((draw) => planCells(setting, draw));
  const sum = (value: (draw: PlannedDraw) => number): number => planned.reduce((total, draw) => total + value(draw), 0);
  const unknownTime = planned.some(({ estimate, missing }) => missing > 0 && estimate.seconds === null);
  return {
    suite: suite.name,
    draws: planned,
    cells,
    procedures,
    allocation: draws.flatMap((draw) => planAllocation(setting, draw)),
    total: {
      samplesMissing: sum(({ missing }) => missing),
      rewardsMissing: sum(({ rewards }) => rewards.reduce((total, reward) => total + reward.missing, 0)),
      completionTokens: sum(({ estimate }) => estimate.completionTokens),
      rewardTokens: sum(({ estimate }) => estimate.rewardTokens),
      flops: sum(({ estimate }) => estimate.flops),
      seconds: unknownTime ? null : sum(({ estimate }) => estimate.seconds ?? 0),
    },
    notes: [
      ...notesOf(planned, cells, suite.poolSize),
      ...requestNotes(draws, planned),
      ...judgeNotes(draws),
      ...abstaining,
      ...abstentionWarnings(suite, setting.methods),
      ...leftOut(suite, setting.methods),
    ],
  };
}

async function planDraw({ pool }: RunSetting, draw: Draw): Promise<PlannedDraw> {
  const { stored, missing } = await missingSamples(pool, draw);
  const total = draw.count * draw.problems.length;
  const rewards: (PlannedDraw["rewards"][number] & { readonly model: RewardModel })[] = [];
  for (const [rewardModel, model] of draw.rewardModels) {
    let unrewarded = 0;
    for (const { prompts } of inChunks(draw)) {
      const found = await pool.missingRewards(draw.key, model.identity, prompts, draw.count);
      for (const indices of found.values()) unrewarded += indices.length;
    }
    // Samples that are not drawn yet lack their rewards too.
    rewards.push({ rewardModel, model, stored: stored - unrewarded, missing: total - stored + unrewarded });
  }
  return {
    dataset: draw.dataset.name,
    split: draw.split,
    model: draw.model.identity.name,
    decoding: decodingId(draw.decoding),
    drawnWith: decodingId(draw.key.decoding),
    seed: draw.seed,
    problems: draw.problems.length,
    samplesPerProblem: draw.count,
    stored,
    missing,
    rewards: rewards.map(({ rewardModel, stored: have, missing: lacking }) => ({
      rewardModel,
      stored: have,
      missing: lacking,
    })),
    estimate: await estimateDraw(pool, draw, missing, rewards),
  };
}

async function estimateDraw(
  pool: RunSetting["pool"],
  draw: Draw,
  missing: number,
  rewards: readonly { readonly missing: number; readonly model: RewardModel }[],
): Promise<Estimate> {
  const prompts = draw.prompts.slice(0, LOOKED_AT.problems);
  const known = [...(await pool.samples(draw.key, prompts, LOOKED_AT.samples)).values()];
  const lengths = known.flatMap(({ tokens }) => [...tokens]);
  const seconds = known.flatMap((columns) => [...columns.seconds]);
  const cap = draw.key.decoding.maxTokens;
  const tokensPerResponse = lengths.length > 0 ? average(lengths) : cap / 2;
  // A server is asked about a few prompts only.
  const asked = draw.problems.slice(0, LOOKED_AT.problems).map(({ messages }) => messages);
  if (missing > 0) await draw.model.readPrompts?.(asked);
  const promptLengths = draw.problems.map(({ messages }) => draw.model.promptLength(messages));
  const promptTokens = average(promptLengths.filter((length) => !Number.isNaN(length)));
  const rewardTokensEach = promptTokens + tokensPerResponse;
  const unrewarded = rewards.reduce((sum, reward) => sum + reward.missing, 0);
  const problemsToDraw = Math.ceil(missing / draw.count);
  const policyFlops =
    problemsToDraw * forwardFlops(draw.model.size, 0, promptTokens) +
    missing * forwardFlops(draw.model.size, promptTokens, tokensPerResponse);
  const rewardFlops = rewards.reduce(
    (sum, { model, missing: count }) => sum + count * forwardFlops(model.size, 0, rewardTokensEach),
    0,
  );
  const secondsEach = average(seconds);
  return {
    promptTokens: problemsToDraw * promptTokens,
    completionTokens: missing * tokensPerResponse,
    rewardTokens: unrewarded * rewardTokensEach,
    flops: policyFlops + rewardFlops,
    seconds: Number.isFinite(secondsEach) ? missing * secondsEach : missing === 0 && unrewarded === 0 ? 0 : null,
    tokensPerResponse,
    secondsPerResponse: Number.isFinite(secondsEach) ? secondsEach : null,
    source: lengths.length > 0 ? "pool" : "cap",
  };
}

function planCells({ suite, methods }: RunSetting, draw: Draw): PlannedCell[] {
  const contenders = contendersOf(suite, methodsOn({ methods }, draw), [...draw.rewardModels.keys()], placeOf(draw));
  return cellsOf(contenders, suite.budgets).map(({ contender, unit, budget }) => {
    const used = Math.min(budget, contender.method.needs.atMost ?? budget);
    return {
      dataset: draw.dataset.name,
      model: draw.model.identity.name,
      decoding: decodingId(draw.decoding),
      method: contender.method.name,
      parameters: contender.parameters,
      rewardModel: contender.rewardModel,
      budgetUnit: unit,
      budget,
      seed: draw.seed,
      flag: unit === "samples" && !runsLive(contender) ? poolFlag(used, draw.count) : "",
    };
  });
}

/** What independent samples ask of servers. */
function requestNotes(draws: readonly Draw[], planned: readonly PlannedDraw[]): string[] {
  const served = new Map<string, number>();
  for (const { model: name, drawnWith, missing, samplesPerProblem } of planned) {
    const draw = draws.find(({ model, key }) => model.identity.name === name && decodingId(key.decoding) === drawnWith);
    const each = draw?.model.requestsFor?.(samplesPerProblem, draw.key.decoding) ?? 0;
    const requests = Math.ceil(missing / samplesPerProblem) * each;
    if (requests > 0) served.set(name, (served.get(name) ?? 0) + requests);
  }
  return Array.from(
    served,
    ([name, requests]) => `About ${requests.toLocaleString("en-US")} requests to the server of ${name}.`,
  );
}

function notesOf(draws: readonly PlannedDraw[], cells: readonly PlannedCell[], poolSize: number): string[] {
  const flagged = [...new Set(cells.filter(({ flag }) => flag !== "").map(({ budget }) => budget))];
  const guessed = draws.some(({ estimate: { source }, missing }) => source === "cap" && missing > 0);
  return [
    ...(flagged.length > 0
      ? [
          `A pool of ${poolSize} samples is smaller than four times the budget at ${flagged.join(", ")}; these points are flagged pool-below-4x.`,
        ]
      : []),
    ...(guessed
      ? ["The pool holds no samples to learn lengths from: responses are taken to be half as long as their cap."]
      : []),
  ];
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
