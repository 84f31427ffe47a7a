import { drawsOf } from "./draws.ts";
import { fillProcedures } from "./fill-procedures.ts";
import { fillAfterLast } from "./fill-after-last.ts";
import { fillGrades } from "./fill-grades.ts";
import { fillRewards } from "./fill-rewards.ts";
import { fillSamples } from "./fill-samples.ts";
import { fitSetting } from "./fit.ts";
import type { WorkOptions } from "./progress.ts";
import type { RunSetting } from "./setting.ts";

/** What `fill` added to the pool, and what the suite stands on. */
export interface FillReport {
  /** Samples that the suite reads, from the pool or drawn now. */
  readonly samples: number;
  /** Samples drawn now: surplus rows of last tiles and what procedures continued included. */
  readonly drawn: number;
  readonly completionTokens: number;
  readonly rewards: number;
  readonly failedRewards: number;
  readonly rewardTokens: number;
  readonly seconds: number;
}

/**
 * Draws, grades and rewards what a suite needs and the pool does not hold. Everything is on disk before it is counted; after
 * an interruption, a failure or a killed process, the same call continues where it stopped. Throws `interrupted` within the
 * engine's time to stop, and the errors of engine and pool.
 */
export async function fill(setting: RunSetting, options: WorkOptions = {}): Promise<FillReport> {
  const started = performance.now();
  const { pool } = setting;
  const report = { samples: 0, drawn: 0, completionTokens: 0, rewards: 0, failedRewards: 0, rewardTokens: 0 };
  const labelled = fitSetting(setting);
  for (const draw of [...(labelled ? drawsOf(labelled) : []), ...drawsOf(setting)]) {
    const { samples, completionTokens } = await fillSamples(pool, draw, options);
    report.samples += draw.count * draw.problems.length;
    report.drawn += samples;
    report.completionTokens += completionTokens;
    await fillGrades(pool, draw, options);
    await fillAfterLast(pool, draw, options);
    for (const [name, rewardModel] of draw.rewardModels) {
      const { rewards, failed, tokens } = await fillRewards(pool, draw, name, rewardModel, options);
      report.rewards += rewards;
      report.failedRewards += failed;
      report.rewardTokens += tokens;
    }
  }
  const made = { samples: 0, completionTokens: 0, rewards: 0, failedRewards: 0, rewardTokens: 0 };
  await fillProcedures(setting, options, made);
  return {
    samples: report.samples,
    drawn: report.drawn + made.samples,
    completionTokens: report.completionTokens + made.completionTokens,
    rewards: report.rewards + made.rewards,
    failedRewards: report.failedRewards + made.failedRewards,
    rewardTokens: report.rewardTokens + made.rewardTokens,
    seconds: (performance.now() - started) / 1000,
  };
}
