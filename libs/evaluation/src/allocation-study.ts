import { decodingId, throwIfInterrupted, type AllocationRow } from "@touchstone/core";
import { setImmediate } from "node:timers/promises";
import { allocatedBudget, policyGroups, type AllocationSuite, type PolicyGroup } from "./allocation-plan.ts";
import { rewardsOfDraw } from "./allocation-rewards.ts";
import { allocationRows } from "./allocation-rows.ts";
import { playStudy, type AllocationProblem, type AllocationStudy } from "./allocation.ts";
import { drawsOf, type Draw } from "./draws.ts";
import { placeOf } from "./plan-procedures.ts";
import type { WorkOptions } from "./progress.ts";
import type { RunSetting } from "./setting.ts";

/** One study of a suite: a reward model, policies that explore alike, and a batch size that the problems fill. */
interface SuiteStudy {
  readonly rewardModel: string;
  readonly group: PolicyGroup;
  readonly study: Omit<AllocationStudy, "problems">;
}

/** What a suite studies on one of its draws. */
export function studiesOf(
  suite: AllocationSuite,
  methods: RunSetting["methods"],
  draw: Pick<Draw, "dataset" | "model" | "decoding" | "seed" | "variant" | "rewardModels" | "problems">,
): readonly SuiteStudy[] {
  const { allocation } = suite;
  if (!allocation || draw.variant) return [];
  const { batchSizes, partitions, runs } = allocation;
  return [...draw.rewardModels.keys()].flatMap((rewardModel) =>
    policyGroups(suite, methods, rewardModel, placeOf(draw)).flatMap((group) =>
      batchSizes
        .filter((size) => size <= draw.problems.length)
        .map((batchSize) => ({
          rewardModel,
          group,
          study: {
            batchSize,
            budget: allocatedBudget(suite),
            policies: group.policies,
            partitions,
            runs,
            seed: draw.seed,
          },
        })),
    ),
  );
}

/**
 * Rows of allocation.csv: every policy with every reward model and batch size of a suite, played on the filled pool. The same suite on
 * the same pool gives the same rows. Empty where the suite studies nothing.
 */
export async function studySuite(setting: RunSetting, options: WorkOptions = {}): Promise<AllocationRow[]> {
  const { suite, methods } = setting;
  const rows: AllocationRow[] = [];
  for (const draw of drawsOf(setting)) {
    const studies = studiesOf(suite, methods, draw);
    if (studies.length === 0) continue;
    const { dataset, split, model, decoding } = draw;
    const scene = {
      suite: suite.name,
      dataset: dataset.name,
      split,
      model: model.identity.name,
      decoding: decodingId(decoding),
    };
    const rewards = await rewardsOfDraw(setting, draw);
    const progress = progressOf(`${scene.model} on ${scene.dataset}/${split}`, studies, rewards, options);
    for (const { rewardModel, study } of studies) {
      const problems = validOf(rewards.get(rewardModel)!);
      // Where the reward model failed on so many that no batch is left.
      if (problems.length < study.batchSize) continue;
      const outcomes = await played({ ...study, problems }, progress, options);
      rows.push(...allocationRows({ ...scene, reward_model: rewardModel }, study, outcomes));
    }
  }
  return rows;
}

async function played(study: AllocationStudy, progress: (problems: number) => void, { signal }: WorkOptions) {
  const play = playStudy(study);
  for (;;) {
    throwIfInterrupted(signal, "studying allocation");
    const { done, value } = play.next();
    if (done) return value;
    progress(value);
    // Lets Ctrl-C and progress through.
    await setImmediate();
  }
}

function validOf(problems: readonly AllocationProblem[]): readonly AllocationProblem[] {
  return problems.filter(({ rewards }) => rewards.some((reward) => !Number.isNaN(reward)));
}

/** `done` counts problems in batches: each in every partition, study after study. */
function progressOf(
  subject: string,
  studies: readonly SuiteStudy[],
  rewards: ReadonlyMap<string, readonly AllocationProblem[]>,
  { onProgress }: WorkOptions,
): (problems: number) => void {
  const started = performance.now();
  const total = studies.reduce((sum, { rewardModel, study: { batchSize, partitions = 1 } }) => {
    const { length } = validOf(rewards.get(rewardModel)!);
    return sum + (length - (length % batchSize)) * partitions;
  }, 0);
  let done = 0;
  return (problems) => {
    done += problems;
    const seconds = (performance.now() - started) / 1000;
    onProgress?.({ phase: "allocation", subject, done, total, tokens: 0, seconds, failed: 0 });
  };
}
