import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LanguageModel, ProblemView } from "@touchstone/core";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import { beforeAll, describe, expect, it } from "vitest";
import { cardPage, figureOf, readCard } from "../src/card.ts";
import { figure, type Figure } from "../src/figures.ts";
import { onePerTemplate } from "../src/sampling.ts";
import { scoreResponses, type Scored } from "../src/score.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Another seed than the cards', so that checks are independent of their samples. */
const SEED = 2;

function folderOf(name: string): string {
  return join(ROOT, "models", name);
}

/** Every tenth template of a split with all its problems. */
function tenthOf<P extends ProblemView>(problems: readonly P[]): P[] {
  const tenth = new Set(
    onePerTemplate(problems)
      .filter((_, index) => index % 10 === 0)
      .map(({ cluster }) => cluster),
  );
  return problems.filter(({ cluster }) => tenth.has(cluster));
}

/** Says so where a figure on a model's card lies outside of the interval of the same figure, measured again. */
async function outside(name: string, what: string, again: Figure | undefined): Promise<string | undefined> {
  const card = figureOf(await readCard(folderOf(name)), what)?.estimate ?? Number.NaN;
  const [low, high] = [again?.low ?? Number.NaN, again?.high ?? Number.NaN];
  return low < card && card < high ? undefined : `${what} of ${name} is ${card}, measured again ${low} to ${high}`;
}

/** How the figures of a world's cards are measured: of problems of type P and responses of type R. */
export interface MeasuredWorld<P extends ProblemView, R extends { readonly text: string }> {
  /** Of the dataset and of the policy. */
  readonly name: string;
  readonly rewardModels: readonly { readonly name: string }[];
  readonly problems: (root: string, split: "test") => Promise<readonly P[]>;
  readonly draw: (
    policy: LanguageModel,
    problems: readonly P[],
    options: { readonly count: number; readonly seed: number; readonly signal: AbortSignal },
  ) => Promise<R[][]>;
  /** Responses of each problem. */
  readonly samples: number;
  /** Name of the policy's figure, and its value on one problem. */
  readonly figure: string;
  readonly valueOf: (responses: readonly R[]) => number;
  /** The figure called "pairwise" of a reward model's card. */
  readonly pairwise: (scored: readonly Scored<P, R>[]) => Figure | undefined;
}

/** Measures the figures on a world's cards again, on a tenth of the templates. */
export function checkFigures<P extends ProblemView, R extends { readonly text: string }>(
  world: MeasuredWorld<P, R>,
): void {
  const { signal } = new AbortController();
  const { name: policyName, samples, figure: figureName } = world;

  describe("the figures on the cards, measured again on a tenth of the templates", () => {
    let problems: readonly P[] = [];
    let drawn: R[][] = [];
    beforeAll(async () => {
      problems = tenthOf(await world.problems(ROOT, "test"));
      const policy = await loadLanguageModel(folderOf(policyName), { workers: 2 });
      drawn = await world.draw(policy, problems, { count: samples, seed: SEED, signal });
      await policy.close();
    }, 120_000);

    it(`${figureName} of the policy is within the interval of the subsample`, async () => {
      const clusters = problems.map(({ cluster }) => cluster);
      const again = figure(figureName, "", drawn.map(world.valueOf), clusters, samples);
      expect(await outside(policyName, figureName, again)).toBeUndefined();
    });

    it.each(world.rewardModels.map(({ name }) => name))(
      "pairwise accuracy of %s is",
      async (name) => {
        const model = await loadRewardModel(folderOf(name), { workers: 2 });
        const scored = await scoreResponses(model, problems, drawn, { signal });
        await model.close();
        expect(await outside(name, "pairwise", world.pairwise(scored))).toBeUndefined();
      },
      120_000,
    );
  });
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
