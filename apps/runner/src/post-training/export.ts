import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TouchstoneError, type PolicyTableRow, type PostTrainingResults } from "@touchstone/core";
import { fixed, storageError } from "@touchstone/report";
import { modelFolder } from "../models.ts";

/**
 * Writes, for each row of a comparison, the reported policy of the highest best-of-N reward as a model: configuration and tokenizer
 * of the base policy, its own weights, and a card that says how it came to be. Returns the folders.
 * @throws TouchstoneError `folder-not-empty`, `unwritable-folder`, `disk-full`
 */
export async function exportPolicies(
  folder: string,
  experiment: string,
  { policies, manifest }: PostTrainingResults,
): Promise<readonly string[]> {
  const finals = policies.filter(({ role, j_n: value }) => role === "final" && value !== null);
  const rows = Map.groupBy(
    finals,
    ({ dataset, row, rollouts, deployed }) => `${dataset} ${row} ${rollouts} ${deployed}`,
  );
  const exported: string[] = [];
  for (const own of rows.values()) {
    const best = own.reduce((a, b) => (b.j_n! > a.j_n! ? b : a));
    const name = `${best.policy}-${best.row.replaceAll(/[^a-z0-9]+/gi, "-")}-m${best.rollouts}-n${best.deployed}`;
    const place = join(folder, name);
    await checkEmpty(place);
    try {
      await mkdir(place, { recursive: true });
      const base = modelFolder(best.policy);
      for (const file of await readdir(base)) {
        if (KEPT.test(file)) await cp(join(base, file), join(place, file));
      }
      await cp(
        join(experiment, "runs", best.run, `policy-${best.steps}.safetensors`),
        join(place, "model.safetensors"),
      );
      await writeFile(join(place, "README.md"), card(name, best, own, manifest));
      await writeFile(join(place, "training.json"), `${JSON.stringify(best, null, 2)}\n`);
    } catch (error) {
      throw storageError(error, place);
    }
    exported.push(place);
  }
  return exported;
}

/** What of the base policy's folder holds for the trained one too. */
export const KEPT = /^(config|tokenizer|tokenizer_config|generation_config|special_tokens_map)\.json$|\.jinja$/;

/** @throws TouchstoneError `folder-not-empty` */
export async function checkEmpty(place: string): Promise<void> {
  const files = await readdir(place).catch(() => []);
  if (files.length === 0) return;
  throw new TouchstoneError({
    code: "folder-not-empty",
    family: "usage",
    what: "A model would be written over files that are there.",
    value: place,
    fix: "Give another folder by `--export`, or move these files away.",
  });
}

function card(
  name: string,
  best: PolicyTableRow,
  seeds: readonly PolicyTableRow[],
  manifest: PostTrainingResults["manifest"],
): string {
  const { row, policy, reward_model: reward, second_reward_model: second, dataset, split } = best;
  const says = manifest.provenance.find((one) => one.row === row)?.says ?? "";
  const flaw = manifest.models.find((model) => model.name === reward)?.planted ?? null;
  const number = (value: number | null) => (value === null ? "undefined" : fixed(value, 3));
  return `---
license: apache-2.0
---

# ${name}

\`${policy}\` after ${best.steps} steps of \`${row}\` (${says}) with ${best.rollouts} rollouts of ${best.prompts_per_step} prompts of \`${dataset}\` each, rewarded by
\`${reward}\`${flaw === null ? "" : ` (planted flaw: ${flaw})`}, learning rate ${best.learning_rate}, seed ${best.seed}: the one of ${seeds.length} seed${seeds.length === 1 ? "" : "s"} with the highest best-of-${best.deployed} reward on the problems below,
so that its figures flatter it. Made by \`./touchstone ${manifest.argv.join(" ")}\`, commit ${manifest.touchstone.commit ?? "unknown"}.${manifest.smoke ? "\nThe comparison is too small for a verdict." : ""}

## Measured

${best.problems} problems of ${dataset}/${split}, ${best.samples} samples each, temperature 1.

| figure | best-of-1 | best-of-${best.deployed} |
| --- | --- | --- |
| reward \`${reward}\`, which selects | ${number(best.j_1)} | ${number(best.j_n)} |
| gold | ${number(best.gold_1)} | ${number(best.gold_n)} |
| reward \`${second}\` | ${number(best.second_1)} | ${number(best.second_n)} |

KL to \`${policy}\`: ${number(best.kl)} nats per response. Entropy: ${number(best.entropy)} nats per token. Tokens per response: ${number(best.response_tokens)}.
`;
}
