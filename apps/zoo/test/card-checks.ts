import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ProblemView } from "@touchstone/core";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import { describe, expect, it } from "vitest";
import { cardPage, figureOf, readCard } from "../src/card.ts";
import type { Figure } from "../src/figures.ts";
import { onePerTemplate } from "../src/sampling.ts";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Another seed than the cards', so that checks are independent of their samples. */
export const SEED = 2;

export function folderOf(name: string): string {
  return join(ROOT, "models", name);
}

/** Every tenth template of a split with all its problems. */
export function tenthOf<P extends ProblemView>(problems: readonly P[]): P[] {
  const tenth = new Set(
    onePerTemplate(problems)
      .filter((_, index) => index % 10 === 0)
      .map(({ cluster }) => cluster),
  );
  return problems.filter(({ cluster }) => tenth.has(cluster));
}

/** Says so where a figure on a model's card lies outside of the interval of the same figure, measured again. */
export async function outside(name: string, figure: string, again: Figure | undefined): Promise<string | undefined> {
  const card = figureOf(await readCard(folderOf(name)), figure)?.estimate ?? Number.NaN;
  const [low, high] = [again?.low ?? Number.NaN, again?.high ?? Number.NaN];
  return low < card && card < high ? undefined : `${figure} of ${name} is ${card}, measured again ${low} to ${high}`;
}

export interface BuiltInWorld {
  /** Of the dataset and of the policy. */
  readonly name: string;
  readonly rewardModels: readonly { readonly name: string; readonly planted?: string }[];
  readonly tokenizerJson: () => object;
  readonly tokenizerConfig: () => object;
}

/** What the files of every built-in world keep. */
export function checkModels({ name: world, rewardModels, tokenizerJson, tokenizerConfig }: BuiltInWorld): void {
  const names = [world, ...rewardModels.map(({ name }) => name)];

  describe("the built-in models", () => {
    it.each(names)("the card of %s is about the weights beside it", async (name) => {
      const model = await (name === world ? loadLanguageModel : loadRewardModel)(folderOf(name));
      expect((await readCard(folderOf(name))).revision).toBe(model.identity.revision);
      await model.close();
    });

    it.each(names)("%s has the tokenizer that it was trained with", async (name) => {
      const read = async (file: string) => JSON.parse(await readFile(join(folderOf(name), file), "utf8"));
      expect(await read("tokenizer.json")).toEqual(tokenizerJson());
      expect(await read("tokenizer_config.json")).toEqual(tokenizerConfig());
    });

    it.each(names)("%s has a page that says what its card says", async (name) => {
      const page = await readFile(join(folderOf(name), "README.md"), "utf8");
      expect(page).toBe(cardPage(await readCard(folderOf(name))));
    });

    it("call a planted flaw planted: in the configuration and on the page", async () => {
      for (const { name, planted } of rewardModels) {
        const config = JSON.parse(await readFile(join(folderOf(name), "config.json"), "utf8"));
        expect(config.touchstone?.planted).toBe(planted);
        const page = await readFile(join(folderOf(name), "README.md"), "utf8");
        expect(page.includes("Planted flaw")).toBe(planted !== undefined);
      }
    });

    it("take at most 20 MB, the problems included", async () => {
      const folders = [...names.map(folderOf), join(ROOT, "datasets", world)];
      const sizes = folders.map(async (folder) => {
        const files = await readdir(folder);
        const bytes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
        return bytes.reduce((sum, size) => sum + size, 0);
      });
      const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
      expect(total).toBeLessThanOrEqual(20e6);
    });
  });
}
