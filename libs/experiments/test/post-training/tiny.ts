import { join } from "node:path";
import { grpo } from "@touchstone/advantage-group-mean";
import { tea } from "@touchstone/advantage-tea";
import { loadDataset } from "@touchstone/tasks";
import { readComparison } from "../../src/post-training/comparison.ts";
import { conduct, type Activity, type ConductedScene } from "../../src/post-training/conduct.ts";
import { contestantsOf } from "../../src/post-training/contestants.ts";
import { openScene } from "../../src/post-training/open-scene.ts";

const ROOT = join(import.meta.dirname, "../../../..");

/** The smallest comparison that trains by advantages and by preferences, on a built-in world. */
export const comparison = readComparison({
  kind: "post-training",
  name: "tiny",
  smoke: true,
  worlds: [{ dataset: "instruct", policy: "instruct", reward: "instruct-format", second: "instruct-format-b" }],
  rollouts: [4],
  deployed: [8],
  rows: [{ estimator: "tea" }, { rival: "dpo" }],
  contrasts: [["tea", "dpo"]],
  training: { steps: 4, prompts: 2, warmup: 0, checkpoints: 2 },
  tuning: { rates: [0.001], problems: 2, samples: 8 },
  deployment: { problems: 3, samples: 16, checkpointSamples: 8, bestOf: [1, 8, 16], klSamples: 4 },
  bootstrap: 100,
});
export const contestants = contestantsOf(comparison, [tea, grpo], () => "");

/** All its runs, kept in a folder. */
export async function conductTiny(folder: string, onActivity?: (activity: Activity) => void): Promise<ConductedScene> {
  const model = (name: string) => join(ROOT, "models", name);
  await using scene = await openScene({
    world: comparison.worlds[0]!,
    dataset: await loadDataset(join(ROOT, "datasets"), "instruct"),
    folders: { policy: model("instruct"), reward: model("instruct-format"), second: model("instruct-format-b") },
    engine: {},
  });
  return await conduct(scene, 0, { comparison, contestants, folder, onActivity });
}
