import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NOTHING_SPENT } from "@touchstone/core";
import { expect, test } from "vitest";
import { RULES, type Rule } from "../../src/laser/rules.ts";
import { RunFiles } from "../../src/laser/run-files.ts";
import { Teacher } from "../../src/laser/teacher.ts";
import { trainRun } from "../../src/laser/train-run.ts";
import {
  PROBLEMS,
  probabilities,
  RANKING,
  READ,
  START,
  toyTrainer,
  ToyModels,
  type ToyCheckpoint,
} from "./toy-training.ts";

const STEPS = 12;
const [BATCH, RESPONSES] = [3, 8];
const SETTING = { seed: 1, steps: STEPS, batch: BATCH, responses: RESPONSES, pairs: 4, noise: 0 } as const;

interface Toy {
  readonly folder: string;
  readonly checkpoint: ToyCheckpoint;
  readonly evaluated: number[];
}

async function toy(): Promise<Toy> {
  const folder = await mkdtemp(join(tmpdir(), "laser-"));
  return { folder, checkpoint: { step: 0, logits: START }, evaluated: [] };
}

function run(
  { folder, checkpoint, evaluated }: Toy,
  rule: Rule,
  changes: { noise?: number; dies?: number } = {},
  models = new ToyModels(),
) {
  return trainRun({
    ...SETTING,
    rule,
    noise: changes.noise ?? 0,
    bandit: { alpha: 0.1, dimension: 32 },
    ranking: RANKING,
    problems: PROBLEMS,
    folder,
    iterations: 4,
    models,
    train: toyTrainer(checkpoint, { every: 3, ...(changes.dies === undefined ? {} : { dies: changes.dies }) }),
    async use(logits) {
      models.logits = logits;
    },
    async evaluate(iteration) {
      evaluated.push(iteration);
      // The exact expected score under `up`, which stands for gold.
      const means = PROBLEMS.map(({ id }) =>
        probabilities(models.logits[id]!).reduce((sum, p, response) => sum + p * response, 0),
      );
      const estimate = means.reduce((a, b) => a + b, 0) / means.length;
      return [{ iteration, metric: "gold", estimate, problems: means.length, samples: 0 }];
    },
  });
}

const recordsOf = async ({ folder }: Toy) => {
  const files = new RunFiles(folder);
  return { steps: await files.steps(), evaluations: await files.evaluations() };
};

test.each(RULES)("%s evaluates before the first iteration and after each, at equal steps", async (rule) => {
  const one = await toy();
  await run(one, rule);
  const { steps, evaluations } = await recordsOf(one);
  expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, step) => step));
  expect(evaluations.map(({ iteration }) => iteration)).toEqual([0, 1, 2, 3, 4]);
});

test.each(RULES)("%s pays for every reward model that it asks, and for no other", async (rule) => {
  const one = await toy();
  await run(one, rule);
  const { steps } = await recordsOf(one);
  const asked = rule.endsWith("ensemble") ? 3 : 1;
  for (const { spend, rewardModel } of steps) {
    expect(spend.rewardTokens).toBe(asked * READ * BATCH * RESPONSES);
    expect(spend.samples).toBe(BATCH * RESPONSES);
    expect(spend.trainingTokens).toBeGreaterThan(0);
    expect(spend.extraForwardTokens).toBe(rule === "laser" || rule === "laser-zero-prior" ? BATCH : 0);
    expect(rewardModel === "").toBe(asked > 1);
  }
});

test.each(["laser", "laser-exp3", "sequential", "agreement-ensemble"] as const)(
  "%s ends the same when it is killed between checkpoints and started again",
  async (rule) => {
    const [whole, broken] = [await toy(), await toy()];
    await run(whole, rule, { noise: 0.5 });
    await expect(run(broken, rule, { noise: 0.5, dies: 5 })).rejects.toThrow("the process ended");
    expect(broken.checkpoint.step).toBe(3);
    await run(broken, rule, { noise: 0.5 });
    expect(await recordsOf(broken)).toEqual(await recordsOf(whole));
    expect(broken.checkpoint).toEqual(whole.checkpoint);
  },
);

test("a finished run is left alone", async () => {
  const one = await toy();
  await run(one, "random");
  const before = await readFile(join(one.folder, "steps.jsonl"), "utf8");
  one.checkpoint.step = 0;
  await run(one, "random");
  expect(await readFile(join(one.folder, "steps.jsonl"), "utf8")).toBe(before);
});

test("training by a reward model that is gold raises gold, and by its opposite lowers it", async () => {
  const gold = async (ranking: string): Promise<number> => {
    const one = await toy();
    const models = new ToyModels();
    await trainRun({
      ...SETTING,
      rule: "best",
      bandit: { alpha: 0.1, dimension: 32 },
      ranking: [{ name: ranking, deviation: 1 }],
      problems: PROBLEMS,
      folder: one.folder,
      iterations: 1,
      models,
      train: toyTrainer(one.checkpoint, { every: 12 }),
      use: async (logits) => void (models.logits = logits),
      evaluate: async (iteration) => [{ iteration, metric: "gold", estimate: 0, problems: 0, samples: 0 }],
    });
    const means = PROBLEMS.map(({ id }) =>
      probabilities(models.logits[id]!).reduce((sum, p, response) => sum + p * response, 0),
    );
    return means.reduce((a, b) => a + b, 0) / means.length;
  };
  // The start is uniform over 0 … 5.
  expect(await gold("up")).toBeGreaterThan(2.6);
  expect(await gold("down")).toBeLessThan(2.4);
});

test("the same prompts come at the same steps under every rule, and none again before all were seen", async () => {
  const drawn = await Promise.all(
    RULES.map(async (rule) => {
      const [one, models] = [await toy(), new ToyModels()];
      await run(one, rule, {}, models);
      return models.drawn;
    }),
  );
  for (const calls of drawn) expect(calls).toEqual(drawn[0]);
  const first = drawn[0]!.slice(0, PROBLEMS.length).map((call) => call.split(" ")[0]!);
  expect(first.toSorted()).toEqual(PROBLEMS.map(({ id }) => id));
});

test("after training a prompt is trusted to what its rule stands for", async () => {
  const trusted = async (rule: Rule) => {
    const options = { ...SETTING, rule, bandit: { alpha: 0.1, dimension: 32 }, ranking: RANKING, problems: PROBLEMS };
    // A bandit that only ever saw `down` train well.
    const played = ["up", "down", "flat", "down"].map((rewardModel, step) => ({
      step,
      rewardModel,
      embedding: [1, 0, 0, 0, 0],
      pairs: 1,
      loss: rewardModel === "down" ? 0.1 + step / 100 : 3 - step / 100,
      earned: null,
      spend: NOTHING_SPENT,
      seconds: { batch: 0, training: 0 },
    }));
    return (await new Teacher(options, new ToyModels(), played).trusted(PROBLEMS))[0]!;
  };
  expect(await trusted("laser")).toEqual(["down"]);
  expect(await trusted("best")).toEqual(["up"]);
  expect(await trusted("sequential")).toEqual(["down"]);
  expect(await trusted("score-ensemble")).toEqual(["up", "down", "flat"]);
  expect(await trusted("random")).toHaveLength(1);
});

test("a reward model that tells no responses apart is named, with what to do", async () => {
  class Blind extends ToyModels {
    override async reward(_: string, __: unknown, responses: readonly (readonly unknown[])[]) {
      return responses.map((own) => new Float64Array(own.length));
    }
  }
  await expect(run(await toy(), "best", {}, new Blind())).rejects.toThrow(
    /no-preferences: No two responses to any prompt of step 0 differ in the score of up\..*Use more prompts a batch/,
  );
});

test("a line that a sudden end tore is as if it had not been written", async () => {
  const one = await toy();
  await run(one, "random");
  const path = join(one.folder, "steps.jsonl");
  const text = await readFile(path, "utf8");
  await writeFile(path, text.slice(0, -20));
  const files = new RunFiles(one.folder);
  expect(await files.steps()).toHaveLength(STEPS - 1);
  const last = JSON.parse(text.trim().split("\n").at(-1)!) as { readonly step: number };
  await files.addStep(JSON.parse(JSON.stringify(last)));
  expect((await files.steps()).map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, step) => step));
});
