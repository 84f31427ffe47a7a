import type { SuiteInput } from "../src/index.ts";
import { expect, test } from "vitest";
import { evaluate, fill, planRun, resolveSuite, type RunSetting } from "../src/index.ts";
import { filePool, lengthReward, METHODS, toyDataset, toyPolicy } from "./toy-world.ts";

const store = filePool();

/** Two worlds: `first` with the reward model `long`, `second` with `short`. */
function settingOf(suite: Partial<SuiteInput> = {}): RunSetting {
  const rewardModels = [lengthReward("long"), lengthReward("short", { sign: -1 })];
  const datasets = ["first", "second"].map((name) => ({ ...toyDataset(4), name }));
  const { suite: resolved } = resolveSuite(
    {
      name: "worlds",
      datasets: [
        { name: "first", rewardModels: ["long"] },
        { name: "second", rewardModels: ["short"] },
      ],
      models: ["toy-policy"],
      rewardModels: ["long", "short"],
      methods: ["vote", "best"],
      budgets: { amounts: [4] },
      poolSize: 16,
      ...suite,
    },
    { methods: METHODS, datasets, models: ["toy-policy"], rewardModels: ["long", "short"] },
  );
  return {
    suite: resolved,
    methods: METHODS,
    datasets: new Map(datasets.map((dataset) => [dataset.name, dataset])),
    models: new Map([["toy-policy", toyPolicy()]]),
    rewardModels: new Map(rewardModels.map((model) => [model.identity.name, model])),
    pool: store.pool,
  };
}

test("a suite can hold several worlds: each dataset is run with its own reward models", async () => {
  const setting = settingOf();
  const plan = await planRun(setting);
  expect(plan.draws.map(({ dataset, rewards }) => [dataset, rewards.map((one) => one.rewardModel)])).toEqual([
    ["first", ["long"]],
    ["second", ["short"]],
  ]);
  await fill(setting);
  const { results, comparisons } = await evaluate(setting);
  const read = results.filter((row) => row.method === "best" && row.metric === "accuracy");
  expect(read.map((row) => [row.dataset, row.reward_model])).toEqual([
    ["first", "long"],
    ["second", "short"],
  ]);
  expect(new Set(comparisons.map((row) => `${row.dataset} ${row.reward_model}`))).toEqual(
    new Set(["first long", "second short"]),
  );
});

test("a method that is run with one reward model is not run where that one is not", async () => {
  const setting = settingOf({ methods: ["vote", { name: "best", rewardModels: ["short"] }] });
  await fill(setting);
  const { results } = await evaluate(setting);
  const read = results.filter((row) => row.method === "best" && row.metric === "accuracy");
  expect(read.map((row) => row.dataset)).toEqual(["second"]);
});

test("a dataset's own models must be the suite's", () => {
  expect(() => settingOf({ datasets: [{ name: "first", rewardModels: ["wide"] }] })).toThrow(
    /^unknown-reward-model: The reward model on first is not one that the suite names\. Received: wide\. Add it under/,
  );
  expect(() => settingOf({ datasets: [{ name: "first", models: ["other"] }] })).toThrow(
    /^unknown-model: The model on first is not one that the suite names\./,
  );
});
