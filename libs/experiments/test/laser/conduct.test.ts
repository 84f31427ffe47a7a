import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dataset, LaserTables, Problem, Split } from "@touchstone/core";
import { writeFixtureModel, type FixtureShape } from "@touchstone/inference/fixture";
import { readSafetensors } from "@touchstone/training";
import { afterAll, beforeAll, expect, test } from "vitest";
import { conductLaser, type ConductLaserOptions } from "../../src/laser/conduct.ts";
import { readLaserExperiment, type LaserExperimentInput } from "../../src/laser/experiment.ts";
import { openLaserScene, type OpenLaserScene } from "../../src/laser/open-scene.ts";

const SHAPE: FixtureShape = { layers: 1, width: 16, heads: 2, mlp: 24, vocabulary: 40, positions: 64 };

const problemsOf = (split: Split): readonly Problem[] =>
  ["a", "bc", "def", "g", "hij", "kl"].map((content, i) => ({
    id: `${split}-${i}`,
    messages: [{ role: "user", content }],
    cluster: `${split}-${i}`,
    split,
    reference: "",
  }));

/** Gold is the share of the letter e in a response, the answer its first letter. */
const DATASET: Dataset = {
  name: "letters",
  version: "1",
  description: "",
  licence: "",
  splits: ["train", "validation", "test"],
  extractor: {
    name: "first",
    extract: ([key]) => (key === undefined ? { kind: "unparsable" } : { kind: "answer", key }),
  },
  grader: { name: "e", grade: (_, response) => [...response].filter((c) => c === "e").length / (response.length || 1) },
  stepDelimiter: "\n",
  problems: problemsOf,
};

const INPUT: LaserExperimentInput = {
  kind: "laser",
  name: "toy",
  dataset: "letters",
  policy: "policy",
  rewardModels: ["one", "two"],
  rules: ["laser", "agreement-ensemble"],
  seeds: [1],
  training: { iterations: 2, steps: 2, prompts: 2, responses: 4, pairs: 2, maxTokens: 8, rates: [0.003, 0.01] },
  validation: { problems: 4, samples: 2 },
  evaluation: { problems: 5, samples: 2, bestOf: { samples: 4, problems: 5 } },
  vote: { tokens: 200, problems: 3 },
};

let folder: string;
let scene: OpenLaserScene;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "laser-conduct-"));
  await writeFixtureModel(join(folder, "policy"), SHAPE);
  await writeFixtureModel(join(folder, "one"), SHAPE, { kind: "classifier", seed: 2 });
  await writeFixtureModel(join(folder, "two"), SHAPE, { kind: "likelihood", seed: 3 });
  const at = (name: string) => join(folder, name);
  scene = await openLaserScene({
    dataset: DATASET,
    folders: { policy: at("policy"), rewardModels: new Map(["one", "two"].map((name) => [name, at(name)])) },
  });
}, 120_000);
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function conduct(name: string, changes: Partial<ConductLaserOptions> = {}): Promise<LaserTables> {
  const experiment = readLaserExperiment(INPUT);
  return conductLaser({ experiment, scene, identities: scene.identities, folder: join(folder, name), ...changes });
}

/** All but what the wall says. */
function timeless({ evaluations, steps, ranking, votes }: LaserTables) {
  return {
    evaluations: evaluations.map((row) => ({ ...row, seconds: 0 })),
    steps: steps.map((row) => ({ ...row, batch_seconds: 0, training_seconds: 0 })),
    ranking,
    votes,
  };
}

test("an experiment ranks, tunes, trains and votes; stopped and started again it comes to the same tables", async () => {
  const whole = await conduct("whole");
  const runs = new Set(whole.evaluations.map(({ role, rule, learning_rate }) => `${role} ${rule} ${learning_rate}`));
  const chosen = whole.evaluations.find(({ role }) => role === "final")!.learning_rate;
  expect([...runs].toSorted()).toEqual(
    [
      "trial random 0.003",
      "trial random 0.01",
      `final laser ${chosen}`,
      `final agreement-ensemble ${chosen}`,
    ].toSorted(),
  );
  const gold = (role: string, rate: number) =>
    whole.evaluations.find((row) => row.role === role && row.learning_rate === rate && row.metric === "gold")!
      .estimate!;
  expect(gold("trial", chosen)).toBe(Math.max(gold("trial", 0.003), gold("trial", 0.01)));
  expect(whole.ranking.map(({ rank }) => rank)).toEqual([1, 2]);

  // One and two reward models read prompt and response of 2 × 4 samples a step.
  const rewards = (rule: string) =>
    whole.steps.find((row) => row.rule === rule && row.role === "final" && row.step === 0)!.reward_tokens;
  expect(rewards("agreement-ensemble")).toBe(2 * rewards("laser"));

  const best = whole.evaluations.filter(({ metric }) => metric === "best_of_4");
  expect(best.map(({ rule, iteration, problems }) => [rule, iteration, problems]).toSorted()).toEqual([
    ["agreement-ensemble", 2, 5],
    ["laser", 2, 5],
  ]);

  const votes = whole.evaluations.filter(({ metric }) => metric === "majority_at_200_tokens");
  expect(votes).toHaveLength(2);
  expect(votes.every(({ samples, problems }) => samples > 8 && problems === 3)).toBe(true);
  expect(whole.votes).toHaveLength(2 * 3);

  const stop = new AbortController();
  const stopped = conduct("stopped", {
    signal: stop.signal,
    onActivity: ({ run, step }) => {
      if (run?.rule === "laser" && step === 3) stop.abort();
    },
  });
  await expect(stopped).rejects.toThrow(/interrupted/);
  const partial: number[] = [];
  const resumed = await conduct("stopped", {
    onTables: async ({ evaluations }) => void partial.push(evaluations.length),
  });
  expect(timeless(resumed)).toEqual(timeless(whole));
  expect(partial.length).toBe(4);

  const steps: number[] = [];
  const again = await conduct("stopped", { onActivity: ({ step }) => void steps.push(step) });
  expect(timeless(again)).toEqual(timeless(whole));
  expect(Math.max(...steps)).toBe(0);

  const runFolders = await readdir(join(folder, "whole", "runs"));
  const name = runFolders.find((one) => one.startsWith("laser-"))!;
  const { tensors } = await readSafetensors(join(folder, "whole", "runs", name, "model.safetensors"));
  expect(tensors.get("model.embed_tokens.weight")!.shape).toEqual([40, 16]);
}, 300_000);
