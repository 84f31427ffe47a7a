import { defineSelector, type Method } from "@touchstone/core";
import { mean } from "@touchstone/stats";
import { expect, test } from "vitest";
import { z } from "zod";
import { evaluate, fill } from "../src/index.ts";
import { best, filePool, lengthReward, toySetting } from "./toy-world.ts";

const store = filePool();

/** Sees every reward model: the kind of method that these lines are for. */
const among = defineSelector({
  name: "among",
  summary: "All draws alike.",
  reference: { title: "Toy", authors: "ours", year: 2026 },
  needs: { rewards: "all", answers: false },
  parameters: z.strictObject({}),
  select: (drawn) => ({ kind: "selected", weights: new Float64Array(drawn.size).fill(1 / drawn.size) }),
});

async function run(methods: readonly Method[]) {
  const rewardModels = [lengthReward("long"), lengthReward("short", { sign: -1 })];
  const setting = toySetting(store.pool, { seeds: [1] }, { rewardModels, methods });
  await fill(setting);
  return evaluate(setting);
}

test("among reward models stand the best single one in hindsight, and the best one for every problem", async () => {
  const { results, questions } = await run([best, among] as readonly Method[]);
  for (const budget of [1, 2, 4]) {
    const estimate = (method: string) =>
      results
        .filter((row) => row.method === method && row.budget === budget && row.metric === "accuracy")
        .map((row) => row.estimate!);
    const single = estimate("best");
    expect(single).toHaveLength(2);
    expect(estimate("best-reward-model")).toEqual([expect.closeTo(Math.max(...single), 12)]);
    const byProblem = Map.groupBy(
      questions.filter((row) => row.method === "best" && row.budget === budget && row.metric === "accuracy"),
      (row) => row.problem,
    );
    const highest = Array.from(byProblem.values(), (rows) => Math.max(...rows.map((row) => row.estimate!)));
    expect(highest).toHaveLength(6);
    expect(estimate("reward-model-oracle")).toEqual([expect.closeTo(mean(highest), 12)]);
  }
  expect(new Set(results.filter(({ kind }) => kind === "reference").map(({ method }) => method))).toEqual(
    new Set(["oracle", "random-choice", "best-reward-model", "reward-model-oracle"]),
  );
});

test("where no method chooses among reward models there are no such lines", async () => {
  const { results } = await run([best] as readonly Method[]);
  expect(new Set(results.map(({ method }) => method))).toEqual(new Set(["best", "oracle", "random-choice"]));
});
