import { describe, expect, it } from "vitest";
import { answerInWords, PAGE_DATA_PLACEHOLDER, renderPage } from "../src/index.ts";
import type { PageData } from "../src/index.ts";
import { simulatedRun } from "./simulated-run.ts";

const run = simulatedRun({ problems: 15, poolSize: 16, budgets: [1, 4], replicates: 3 });
const template = `<script type="application/json">${PAGE_DATA_PLACEHOLDER}</script>`;

const dataOf = (html: string) => JSON.parse(html.slice(html.indexOf("{"), html.lastIndexOf("}") + 1)) as PageData;

describe("a page's data", () => {
  it("cannot end its script element, whatever a model wrote", () => {
    const [first, ...others] = run.samples;
    const samples = [{ ...first!, prompt: "</script><script>alert(1)</script><!-- $& $1" }, ...others];
    const html = renderPage(template, { ...run, samples });
    const inside = /^<script type="application\/json">(.*)<\/script>$/s.exec(html)![1]!;
    expect(inside).not.toContain("<");
    expect(JSON.parse(inside)).toMatchObject({
      samples: [{ prompt: samples[0]!.prompt }, ...others.map(({ problem }) => ({ problem }))],
      manifest: run.manifest,
      results: run.results,
    });
    expect((JSON.parse(inside) as PageData).answers).toEqual(answerInWords(run));
  });

  it("leaves the rows of single problems to questions.csv", () => {
    const data = dataOf(renderPage(template, run));
    expect(Object.keys(data).toSorted()).toEqual(
      [...Object.keys(run).filter((table) => table !== "questions"), "answers"].toSorted(),
    );
  });

  it("carries the three heaviest answers of a decision, and how many others there are", () => {
    const [first] = run.samples;
    const decision = { ...first!.decisions[0]!, answers: { a: 0.1, b: 0.4, c: 0.15, d: 0.05, e: 0.3 } };
    const sure = { ...decision, answers: { a: 1 } };
    const data = dataOf(renderPage(template, { ...run, samples: [{ ...first!, decisions: [decision, sure] }] }));
    expect(data.samples[0]!.decisions).toEqual([
      { ...decision, answers: { b: 0.4, e: 0.3, c: 0.15 }, others: 2 },
      { ...sure, others: 0 },
    ]);
  });

  it("carries of a long curve evenly spread steps, its first and its last, and of a short one all", () => {
    const { suite, dataset, split, model, decoding, method, parameters, reward_model, budget_unit, budget } =
      run.results[0]!;
    const cell = { suite, dataset, split, model, decoding, method, parameters, reward_model, budget_unit, budget };
    const curves = (steps: number) =>
      Array.from({ length: steps }, (_, i) => ({ ...cell, name: "regret", step: i + 1, value: i, seed: 0 }));
    const carried = (steps: number) => {
      const [trace, ...others] = dataOf(renderPage(template, { ...run, curves: curves(steps) })).traces!;
      expect(others).toEqual([]);
      expect(trace).toMatchObject({ ...cell, name: "regret", seed: 0 });
      expect(trace!.values).toEqual(trace!.steps.map((step) => step - 1));
      return trace!.steps;
    };
    expect(carried(100)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    // 1,005 steps at 120 at most: every ninth from the first on, and the last.
    expect(carried(1005)).toEqual([...Array.from({ length: 112 }, (_, i) => 9 * i + 1), 1005]);
  });

  it.each(["<html></html>", `${template}${template}`])("needs one place for it", (bad) => {
    expect(() => renderPage(bad, run)).toThrow(/bad-template: .*exactly once/);
  });
});
