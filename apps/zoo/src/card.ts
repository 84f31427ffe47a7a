import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { keeps, type Bar } from "./bars.ts";
import type { Figure } from "./figures.ts";

/** `card.json` of a built-in model: measured figures, and what they were measured with. */
export interface Card {
  readonly name: string;
  readonly kind: "language-model" | "likelihood-reward-model" | "classifier-reward-model";
  readonly summary: string;
  /** The deliberate flaw, where there is one. */
  readonly planted?: string;
  readonly licence: string;
  readonly parameters: number;
  /** How the weights are stored; all arithmetic is float32. Default: float32. */
  readonly stored?: "float16";
  /** sha256 over the weights and configuration that were measured. */
  readonly revision: string;
  readonly dataset: { readonly name: string; readonly version: string };
  /** What it was trained on and chosen by: `training.json`, as the training wrote it. */
  readonly training: Readonly<Record<string, unknown>>;
  readonly figures: readonly Figure[];
  readonly bars: readonly Bar[];
  /** The command that measures the figures again. */
  readonly command: string;
  readonly measuredWith: { readonly runtime: string; readonly node: string; readonly seed: number };
}

export function figureOf(card: Card, name: string): Figure | undefined {
  return card.figures.find((candidate) => candidate.name === name);
}

/** "0.571 (0.553 to 0.589)". */
export function spell({ estimate, low, high }: Figure): string {
  const three = (value: number): string => value.toFixed(3);
  return low === null || high === null ? three(estimate) : `${three(estimate)} (${three(low)} to ${three(high)})`;
}

/** The card as a page for people. */
export function cardPage(card: Card): string {
  const rows = card.figures.map((one) => `| ${one.text} | ${spell(one)} | ${one.problems} × ${one.samples} |`);
  const bars = card.bars.map((bar) => {
    const found = figureOf(card, bar.figure);
    const asked = [
      bar.least === undefined ? [] : `at least ${bar.least}`,
      bar.most === undefined ? [] : `at most ${bar.most}`,
    ];
    return `| \`${bar.figure}\` | ${asked.flat().join(", ")} | ${found && keeps(bar, found.estimate) ? "kept" : "**not kept**"} |`;
  });
  return `---
license: apache-2.0
---

# ${card.name}

${card.summary}
${card.planted === undefined ? "" : `\n> **Planted flaw.** ${card.planted} It is deliberate: compare with a model without it.\n`}
${card.parameters.toLocaleString("en")} parameters, ${card.stored === undefined ? "float32" : `${card.stored} (computed in float32)`}, Llama layout. Dataset \`${card.dataset.name}\` (problems from a grammar of this
project; no other text). Trained from nothing by \`npm run zoo:train -- ${card.dataset.name}\`.

## Measured

Estimate and 95 % interval, problems clustered by template; problems × samples of each. Decoding: temperature 1, nothing truncated.

| figure | measured | from |
| --- | --- | --- |
${rows.join("\n")}

| bar | asked | |
| --- | --- | --- |
${bars.join("\n")}

Measured by \`${card.command}\` (revision \`${card.revision.slice(0, 12)}\`) on ${card.measuredWith.runtime}, Node ${card.measuredWith.node}, seed ${card.measuredWith.seed}.

## Training

\`\`\`json
${JSON.stringify(card.training, null, 2)}
\`\`\`
`;
}

export async function writeCard(folder: string, card: Card): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "card.json"), `${JSON.stringify(card, null, 2)}\n`);
  await writeFile(join(folder, "README.md"), cardPage(card));
}

export async function readCard(folder: string): Promise<Card> {
  return JSON.parse(await readFile(join(folder, "card.json"), "utf8")) as Card;
}

/** `training.json` of a model folder. */
export async function readTraining(folder: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(folder, "training.json"), "utf8")) as Record<string, unknown>;
}
