import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import { beforeAll, describe, expect, it } from "vitest";
import { cardPage, figureOf, readCard } from "../src/card.ts";
import { figure } from "../src/figures.ts";
import { drawResponses, type CheckedResponse } from "../src/instruct/draw.ts";
import { meanGold } from "../src/instruct/policy-figures.ts";
import { publishedProblems, type ConstrainedProblem } from "../src/instruct/problems.ts";
import { REWARD_MODELS } from "../src/instruct/recipes.ts";
import { concordanceFigures } from "../src/instruct/reward-figures.ts";
import { tokenizerConfig, tokenizerJson } from "../src/instruct/tokenizer.ts";
import { onePerTemplate } from "../src/sampling.ts";
import { scoreResponses } from "../src/score.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folderOf = (name: string) => join(root, "models", name);
const names = ["instruct", ...REWARD_MODELS.map(({ name }) => name)];
const signal = new AbortController().signal;

/** Another seed than the card's, so that the check is independent of its samples. */
const SEED = 2;
const SAMPLES = 16;

describe("the figures on the cards, measured again on a tenth of the templates", () => {
  let problems: ConstrainedProblem[] = [];
  let drawn: CheckedResponse[][] = [];
  beforeAll(async () => {
    const test = await publishedProblems(root, "test");
    const tenth = new Set(
      onePerTemplate(test)
        .filter((_, index) => index % 10 === 0)
        .map(({ cluster }) => cluster),
    );
    problems = test.filter(({ cluster }) => tenth.has(cluster));
    const policy = await loadLanguageModel(folderOf("instruct"), { workers: 2 });
    drawn = await drawResponses(policy, problems, { count: SAMPLES, seed: SEED, signal });
    await policy.close();
  }, 120_000);

  it("gold of the policy is within the interval of the subsample", async () => {
    const clusters = problems.map(({ cluster }) => cluster);
    const again = figure("gold", "", drawn.map(meanGold), clusters, SAMPLES);
    const card = figureOf(await readCard(folderOf("instruct")), "gold");
    expect(card?.estimate).toBeGreaterThan(again.low ?? 1);
    expect(card?.estimate).toBeLessThan(again.high ?? 0);
  });

  it.each(REWARD_MODELS.map(({ name }) => name))(
    "pairwise accuracy of %s is",
    async (name) => {
      const model = await loadRewardModel(folderOf(name), { workers: 2 });
      const again = concordanceFigures(await scoreResponses(model, problems, drawn, { signal }), "test")[0];
      await model.close();
      const card = figureOf(await readCard(folderOf(name)), "pairwise");
      expect(card?.estimate).toBeGreaterThan(again?.low ?? 1);
      expect(card?.estimate).toBeLessThan(again?.high ?? 0);
    },
    120_000,
  );
});

describe("the built-in models", () => {
  it.each(names)("the card of %s is about the weights beside it", async (name) => {
    const model = await (name === "instruct" ? loadLanguageModel : loadRewardModel)(folderOf(name));
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
    for (const { name, planted } of REWARD_MODELS) {
      const config = JSON.parse(await readFile(join(folderOf(name), "config.json"), "utf8"));
      expect(config.touchstone?.planted).toBe(planted);
      const page = await readFile(join(folderOf(name), "README.md"), "utf8");
      expect(page.includes("Planted flaw")).toBe(planted !== undefined);
    }
  });

  it("take at most 20 MB, the problems included", async () => {
    const folders = [...names.map(folderOf), join(root, "datasets", "instruct")];
    const sizes = folders.map(async (folder) => {
      const files = await readdir(folder);
      const bytes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
      return bytes.reduce((sum, size) => sum + size, 0);
    });
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(total).toBeLessThanOrEqual(20e6);
  });
});
