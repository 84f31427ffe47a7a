import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TouchstoneError, type PolicyTableRow, type PostTrainingResults } from "@touchstone/core";
import { fixed, storageError } from "@touchstone/report";
import { modelFolder } from "../models.ts";

/**
 * Writes, for each row of a comparison, the policy of its first seed as a model: configuration and tokenizer of the base policy, its
 * own weights, and a card that says how it came to be. The first seed and not the best one: the reported problems would choose it, and its
 * figures would flatter it. Returns the folders.
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
    const first = own.reduce((a, b) => (b.seed < a.seed ? b : a));
    const name = `${first.policy}-${first.row.replaceAll(/[^a-z0-9]+/gi, "-")}-m${first.rollouts}-n${first.deployed}`;
    const place = join(folder, name);
    await checkEmpty(place);
    try {
      await mkdir(place, { recursive: true });
      const base = modelFolder(first.policy);
      for (const file of await readdir(base)) {
        if (KEPT.test(file)) await cp(join(base, file), join(place, file));
      }
      await cp(
        join(experiment, "runs", first.run, `policy-${first.steps}.safetensors`),
        join(place, "model.safetensors"),
      );
      await writeFile(join(place, "README.md"), card(name, first, own, manifest));
      await writeFile(join(place, "training.json"), `${JSON.stringify(first, null, 2)}\n`);
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
  first: PolicyTableRow,
  seeds: readonly PolicyTableRow[],
  manifest: PostTrainingResults["manifest"],
): string {
  const { row, policy, reward_model: reward, second_reward_model: second, dataset, split } = first;
  const says = manifest.provenance.find((one) => one.row === row)?.says ?? "";
  const flaw = manifest.models.find((model) => model.name === reward)?.planted ?? null;
  const number = (value: number | null) => (value === null ? "undefined" : fixed(value, 3));
  return `---
license: apache-2.0
---

# ${name}

\`${policy}\` after ${first.steps} steps of \`${row}\` (${says}) with ${first.rollouts} rollouts of ${first.prompts_per_step} prompts of \`${dataset}\` each, rewarded by
\`${reward}\`${flaw === null ? "" : ` (planted flaw: ${flaw})`}, learning rate ${first.learning_rate}, seed ${first.seed}: the first of ${seeds.length} seed${seeds.length === 1 ? "" : "s"}, whatever they came to on the problems below.
Made by \`./touchstone ${manifest.argv.join(" ")}\`, commit ${manifest.touchstone.commit ?? "unknown"}.${manifest.smoke ? "\nThe comparison is too small for a verdict." : ""}

## Measured

${first.problems} problems of ${dataset}/${split}, ${first.samples} samples each, temperature 1.

| figure | best-of-1 | best-of-${first.deployed} |
| --- | --- | --- |
| reward \`${reward}\`, which selects | ${number(first.j_1)} | ${number(first.j_n)} |
| gold | ${number(first.gold_1)} | ${number(first.gold_n)} |
| reward \`${second}\` | ${number(first.second_1)} | ${number(first.second_n)} |

KL to \`${policy}\`: ${number(first.kl)} nats per response. Entropy: ${number(first.entropy)} nats per token. Tokens per response: ${number(first.response_tokens)}.
`;
}
