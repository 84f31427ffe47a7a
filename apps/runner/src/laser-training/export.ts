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
 * Writes, for each rule without noise, the trained policy of the first seed as a model with a card: the best one would be chosen by the
 * reported problems. Returns the folders.
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
    const first = own.reduce((a, b) => (b.seed < a.seed ? b : a));
    const name = `${experiment.policy}-${rule}`;
    const place = join(to, name);
    await checkEmpty(place);
    try {
      await mkdir(place, { recursive: true });
      const base = modelFolder(experiment.policy);
      for (const file of await readdir(base)) if (KEPT.test(file)) await cp(join(base, file), join(place, file));
      await cp(join(folder, "runs", runOf(first), "model.safetensors"), join(place, "model.safetensors"));
      await writeFile(join(place, "README.md"), card(name, first, own.length, given));
      await writeFile(join(place, "training.json"), `${JSON.stringify(first, null, 2)}\n`);
    } catch (error) {
      throw storageError(error, place);
    }
    exported.push(place);
  }
  return exported;
}

function card(name: string, first: LaserEvaluationRow, seeds: number, { experiment, manifest }: Exported): string {
  const { policy, dataset, rewardModels, training, evaluation } = experiment;
  const flaws = manifest.models.flatMap((model) =>
    model.planted === null ? [] : [`A planted flaw of ${model.name}: ${model.planted}`],
  );
  return `---
license: apache-2.0
---

# ${name}

\`${policy}\` after ${first.steps} steps of DPO with the likelihood of what was chosen, on pairs of its own responses to ${training.prompts} prompts of \`${dataset}\` a step. Who scored: \`${first.rule}\` over
${rewardModels.map((model) => `\`${model}\``).join(", ")}. Learning rate ${first.learning_rate}, seed ${first.seed}: the first of ${seeds} seed${seeds === 1 ? "" : "s"}, whatever they came to on the problems below.
Made by \`./touchstone ${manifest.argv.join(" ")}\`, commit ${manifest.touchstone.commit ?? "unknown"}.${experiment.smoke ? "\nThe experiment is too small for a verdict." : ""}
${flaws.map((flaw) => `\n${flaw}\n`).join("")}
## Measured

Gold of a single response: ${first.estimate === null ? "undefined" : fixed(first.estimate, 3)} (${first.problems} problems of ${dataset}/${evaluation.split}, ${first.samples} samples each, temperature ${evaluation.temperature}).
Training had cost ${first.reward_tokens} reward-model tokens, ${first.training_tokens} training tokens and ${first.flops.toExponential(2)} FLOPs.
`;
}
