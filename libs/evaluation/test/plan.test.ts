import { forwardFlops } from "@touchstone/core";
import { expect, test } from "vitest";
import { fill, planRun, planText } from "../src/index.ts";
import { liveSetting } from "./live-world.ts";
import { filePool, SIZE, toyPolicy, toySetting } from "./toy-world.ts";

const store = filePool();

test("before anything is drawn, the plan counts cells, what is missing, and states what it assumes", async () => {
  const plan = await planRun(toySetting(store.pool, { seeds: [1] }));
  // Four contenders at three budgets.
  expect(plan.cells).toHaveLength(12);
  expect(plan.draws).toMatchObject([
    { samplesPerProblem: 16, stored: 0, missing: 96, rewards: [{ rewardModel: "long", stored: 0, missing: 96 }] },
    { samplesPerProblem: 1, stored: 0, missing: 6, rewards: [], drawnWith: "t=0,k=0,p=1,max=96" },
  ]);
  // Half of the cap of 96 tokens a response.
  expect(plan.total).toMatchObject({
    samplesMissing: 102,
    rewardsMissing: 96,
    completionTokens: 102 * 48,
    seconds: null,
  });
  expect(plan.draws[1]!.estimate.flops).toBeCloseTo(6 * (forwardFlops(SIZE, 0, 10) + forwardFlops(SIZE, 10, 48)), 6);
  expect(planText(plan).join("\n")).toContain("half as long as their cap");
});

test("what the pool holds is not planned again, and its lengths and times are what the rest is estimated by", async () => {
  await fill(toySetting(store.pool, { seeds: [2], poolSize: 8 }));
  const again = await planRun(toySetting(store.pool, { seeds: [2], poolSize: 8 }));
  expect(again.total).toMatchObject({ samplesMissing: 0, rewardsMissing: 0, completionTokens: 0, seconds: 0 });
  expect(planText(again)).toContain("Nothing is missing: this only reads the pool.");
  const larger = await planRun(toySetting(store.pool, { seeds: [2], poolSize: 16 }));
  const [draw] = larger.draws;
  expect(draw).toMatchObject({ stored: 48, missing: 48, rewards: [{ stored: 48, missing: 48 }] });
  expect(draw!.estimate.source).toBe("pool");
  // The toy engine says half a second for a tile of four.
  expect(draw!.estimate.seconds).toBeCloseTo(48 / 8, 6);
});

test("a pool below four times the largest budget is said before the run", async () => {
  const plan = await planRun(toySetting(store.pool, { seeds: [3], poolSize: 6 }));
  expect(plan.cells.filter(({ flag }) => flag === "pool-below-4x").map(({ budget }) => budget)).toEqual(
    // best, its copy and vote, at 2 and at 4; greedy uses one sample.
    [2, 4, 2, 4, 2, 4],
  );
  expect(plan.notes.join()).toContain("A pool of 6 samples is smaller than four times the budget at 2, 4");
});

test("a procedure that continues responses is planned as its largest budget of mean responses, at most", async () => {
  const suite = { seeds: [4], chains: 2 };
  const before = await planRun(liveSetting(store.pool, suite));
  // Half of the cap of six tokens, for each of 2 chains × 6 problems × 5 responses.
  expect(before.procedures).toMatchObject([
    {
      method: "walker",
      rewardModel: "ones",
      problems: 6,
      chains: 2,
      samples: 60,
      completionTokens: 180,
      seconds: null,
    },
  ]);
  expect(before.procedures[0]!.rewardTokens).toBe(60 * ("test 0".length + 3));
  expect(planText(before).join("\n")).toContain(
    "walker with ones on live/test, seed 4: 6 problems × 2 chains, 60 responses, about 1.8E2 tokens",
  );
  const walks = ["walker", { name: "walker", parameters: { beta: 2 } }];
  const both = planText(await planRun(liveSetting(store.pool, { ...suite, methods: walks }))).join("\n");
  expect(both).toContain("walker with ones on live/test");
  expect(both).toContain("walker (beta 2) with ones on live/test");
  await fill(liveSetting(store.pool, suite));
  const after = await planRun(liveSetting(store.pool, suite));
  expect(after.total).toMatchObject({ samplesMissing: 0, rewardsMissing: 0 });
  const lengths = after.draws[0]!.estimate.tokensPerResponse;
  expect(after.procedures[0]!.completionTokens).toBeCloseTo(60 * lengths, 9);
});

test("prompts and responses that do not fit into the model are said before anything is drawn", async () => {
  // "question 0" has ten letters, and the toy policy a token for each.
  const of = (contextLength: number, maxTokens: number) => {
    const policy = Object.assign(toyPolicy(), { contextLength });
    return planRun(toySetting(store.pool, { seeds: [1], decodings: [{ maxTokens }] }, { policy }));
  };
  await expect(of(100, 90)).resolves.toMatchObject({ suite: "toy" });
  await expect(of(100, 96)).rejects.toMatchObject({
    code: "context-too-long",
    message: expect.stringMatching(
      /6 of 6 prompts of toy\/test and responses of up to 96 tokens do not fit into the 100 positions of toy-policy; the longest prompt has 10 tokens\. .*Lower the length cap \(`--max-tokens`\) to 90 or less\./,
    ),
  });
  await expect(of(10, 96)).rejects.toThrow("the prompt alone is too long");
});
