import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LaserEvaluationRow, LaserTables, LaserTrainingManifest } from "@touchstone/core";
import type { LaserExperiment } from "@touchstone/experiments/laser";
import { fixed, storageError } from "@touchstone/report";
import { modelFolder } from "../models.ts";
import { checkEmpty, KEPT } from "../post-training/export.ts";

/** What of an experiment is made into models. */
export interface Exported {
  readonly experiment: LaserExperiment;
  readonly tables: LaserTables;
  readonly manifest: LaserTrainingManifest;
  /** The experiment's. */
  readonly folder: string;
  /** Name of the folder of a run. */
  readonly runOf: (row: Pick<LaserEvaluationRow, "rule" | "noise" | "seed" | "learning_rate">) => string;
}

/**
 * Writes, for each rule without noise, the trained policy of the highest gold as a model with a card. Returns the folders.
 * @throws TouchstoneError `folder-not-empty`, `unwritable-folder`, `disk-full`
 */
export async function exportLaserPolicies(to: string, given: Exported): Promise<readonly string[]> {
  const { experiment, tables, folder, runOf } = given;
  const { iterations } = experiment.training;
  const ends = tables.evaluations.filter(
    (row) => row.role === "final" && row.noise === 0 && row.metric === "gold" && row.iteration === iterations,
  );
  const exported: string[] = [];
  for (const [rule, own] of Map.groupBy(ends, (row) => row.rule)) {
    const best = own.reduce((a, b) => ((b.estimate ?? -1) > (a.estimate ?? -1) ? b : a));
    const name = `${experiment.policy}-${rule}`;
    const place = join(to, name);
    await checkEmpty(place);
    try {
      await mkdir(place, { recursive: true });
      const base = modelFolder(experiment.policy);
      for (const file of await readdir(base)) if (KEPT.test(file)) await cp(join(base, file), join(place, file));
      await cp(join(folder, "runs", runOf(best), "model.safetensors"), join(place, "model.safetensors"));
      await writeFile(join(place, "README.md"), card(name, best, own.length, given));
      await writeFile(join(place, "training.json"), `${JSON.stringify(best, null, 2)}\n`);
    } catch (error) {
      throw storageError(error, place);
    }
    exported.push(place);
  }
  return exported;
}

function card(name: string, best: LaserEvaluationRow, seeds: number, { experiment, manifest }: Exported): string {
  const { policy, dataset, rewardModels, training, evaluation } = experiment;
  const flaws = manifest.models.flatMap((model) =>
    model.planted === null ? [] : [`A planted flaw of ${model.name}: ${model.planted}`],
  );
  return `---
license: apache-2.0
---

# ${name}

\`${policy}\` after ${best.steps} steps of DPO with the likelihood of what was chosen, on pairs of its own responses to ${training.prompts} prompts of \`${dataset}\` a step. Who scored: \`${best.rule}\` over
${rewardModels.map((model) => `\`${model}\``).join(", ")}. Learning rate ${best.learning_rate}, seed ${best.seed}: the one of ${seeds} seed${seeds === 1 ? "" : "s"} with the highest gold on the problems below, so that its figure flatters it.
Made by \`./touchstone ${manifest.argv.join(" ")}\`, commit ${manifest.touchstone.commit ?? "unknown"}.${experiment.smoke ? "\nThe experiment is too small for a verdict." : ""}
${flaws.map((flaw) => `\n${flaw}\n`).join("")}
## Measured

Gold of a single response: ${best.estimate === null ? "undefined" : fixed(best.estimate, 3)} (${best.problems} problems of ${dataset}/${evaluation.split}, ${best.samples} samples each, temperature ${evaluation.temperature}).
Training had cost ${best.reward_tokens} reward-model tokens, ${best.training_tokens} training tokens and ${best.flops.toExponential(2)} FLOPs.
`;
}
