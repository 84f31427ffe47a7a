import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import { beforeAll, describe, expect, it } from "vitest";
import { accuracy, figure } from "../src/figures.ts";
import { drawResponses, type DrawnResponse, type GradedProblem } from "../src/arith/draw.ts";
import { onePerTemplate } from "../src/sampling.ts";
import { publishedProblems } from "../src/arith/problems.ts";
import { REWARD_MODELS } from "../src/arith/recipes.ts";
import { pairwiseFigure } from "../src/arith/reward-figures.ts";
import { scoreResponses } from "../src/score.ts";
import { tokenizerConfig, tokenizerJson } from "../src/arith/tokenizer.ts";
import { cardPage, figureOf, readCard } from "../src/card.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folderOf = (name: string) => join(root, "models", name);
const names = ["arith", ...REWARD_MODELS.map(({ name }) => name)];
const signal = new AbortController().signal;

/** Another seed than the card's, so that the check is independent of its samples. */
const SEED = 2;
const SAMPLES = 32;

/** Every tenth template of the test split with all its problems. */
async function subsample(): Promise<GradedProblem[]> {
  const test = await publishedProblems(root, "test");
  const tenth = new Set(
    onePerTemplate(test)
      .filter((_, index) => index % 10 === 0)
      .map(({ cluster }) => cluster),
  );
  return test.filter(({ cluster }) => tenth.has(cluster));
}

describe("the figures on the cards, measured again on a tenth of the templates", () => {
  let problems: GradedProblem[] = [];
  let drawn: DrawnResponse[][] = [];
  beforeAll(async () => {
    problems = await subsample();
    const policy = await loadLanguageModel(folderOf("arith"), { workers: 2 });
    drawn = await drawResponses(policy, problems, { count: SAMPLES, seed: SEED, signal });
    await policy.close();
  }, 120_000);

  it("accuracy of the policy is within the interval of the subsample", async () => {
    const clusters = problems.map(({ cluster }) => cluster);
    const again = figure("accuracy", "", drawn.map(accuracy), clusters, SAMPLES);
    const card = figureOf(await readCard(folderOf("arith")), "accuracy");
    expect(card?.estimate).toBeGreaterThan(again.low ?? 1);
    expect(card?.estimate).toBeLessThan(again.high ?? 0);
  });

  it.each(REWARD_MODELS.map(({ name }) => name))(
    "pairwise accuracy of %s is",
    async (name) => {
      const model = await loadRewardModel(folderOf(name), { workers: 2 });
      const again = pairwiseFigure("pairwise", "", await scoreResponses(model, problems, drawn, { signal }));
      await model.close();
      const card = figureOf(await readCard(folderOf(name)), "pairwise");
      expect(card?.estimate).toBeGreaterThan(again.low ?? 1);
      expect(card?.estimate).toBeLessThan(again.high ?? 0);
    },
    120_000,
  );
});

describe("the built-in models", () => {
  it.each(names)("the card of %s is about the weights beside it", async (name) => {
    const model = await (name === "arith" ? loadLanguageModel : loadRewardModel)(folderOf(name));
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

  it("call the planted flaw planted: in the configuration and on the page", async () => {
    for (const { name, planted } of REWARD_MODELS) {
      const config = JSON.parse(await readFile(join(folderOf(name), "config.json"), "utf8"));
      expect(config.touchstone?.planted).toBe(planted);
      const page = await readFile(join(folderOf(name), "README.md"), "utf8");
      expect(page.includes("Planted flaw")).toBe(planted !== undefined);
    }
  });

  it("take at most 20 MB", async () => {
    const sizes = names.map(async (name) => {
      const files = await readdir(folderOf(name));
      const bytes = await Promise.all(files.map(async (file) => (await stat(join(folderOf(name), file))).size));
      return bytes.reduce((sum, size) => sum + size, 0);
    });
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(total).toBeLessThanOrEqual(20e6);
  });
});
