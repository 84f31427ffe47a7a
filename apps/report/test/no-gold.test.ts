import type { RunResults } from "@touchstone/core";
import { answerInWords } from "@touchstone/report";
import { simulatedRun } from "@touchstone/report/simulated-run";
import { expect, it } from "vitest";
import { describePages } from "./opened-pages.ts";

const graded = simulatedRun({ problems: 6, poolSize: 16, budgets: [1, 4], rewardModels: ["good"], replicates: 4 });
/** The same run on a dataset that nothing can grade. */
const run: RunResults = {
  ...graded,
  results: graded.results.map((row) =>
    row.metric === "accuracy"
      ? {
          ...row,
          estimate: null,
          standard_error: null,
          ci_low: null,
          ci_high: null,
          problems: 0,
          clusters: 0,
          flag: "no-gold",
        }
      : row,
  ),
  comparisons: [],
  samples: graded.samples.map((look) => ({
    ...look,
    answers: look.answers.map((answer) => ({ ...answer, correct: null })),
    samples: look.samples.map((sample) => ({ ...sample, grade: null })),
    decisions: look.decisions.map((decision) => ({ ...decision, accuracy: null })),
  })),
};

it("the answer says that there is no gold, and ranks nothing", () => {
  expect(answerInWords(run).map(({ text }) => text)).toEqual([
    "At 4 samples with good: no gold. Nothing says which of these answers are right, so that no method is better or worse; rewards are proxies.",
  ]);
});

describePages("a page without gold", (pages) => {
  it("shows rewards in place of accuracies, and calls no answer right or wrong", async () => {
    const page = await pages().open(await pages().write("no-gold", run));
    for (const part of ["#table", "#accuracy", "#proxy", "#cost", "#comparisons"])
      expect({ part, shown: await page.locator(part).count() }).toEqual({ part, shown: 0 });
    expect(await page.locator("nav").first().locator("a[href='#rewards']").count()).toBe(1);
    const row = run.results.find(
      ({ method, metric, budget }) => method === "best-of-n" && metric === "proxy_reward" && budget === 4,
    )!;
    const line = await page.locator("#rewards tbody tr", { hasText: "best-of-n" }).innerText();
    expect(line.split("\t").at(-1)).toBe(row.estimate!.toFixed(3).replace("-", "−"));
    expect(await page.locator("#problems .share").first().innerText()).toBe("no gold");
    expect(await page.locator("#problems .samples").innerText()).not.toMatch(/correct\n|wrong\n/);
    expect(await page.locator("#rewards .lead").innerText()).toContain("6 problems");
    await page.context().close();
  });
});
