import { describe, expect, it } from "vitest";
import { answerInWords, PAGE_DATA_PLACEHOLDER, renderPage } from "../src/index.ts";
import type { PageData } from "../src/index.ts";
import { simulatedRun } from "./simulated-run.ts";

const run = simulatedRun({ problems: 15, poolSize: 16, budgets: [1, 4], replicates: 3 });
const template = `<script type="application/json">${PAGE_DATA_PLACEHOLDER}</script>`;

describe("a page's data", () => {
  it("cannot end its script element, whatever a model wrote", () => {
    const [first, ...others] = run.samples;
    const samples = [{ ...first!, prompt: "</script><script>alert(1)</script><!-- $& $1" }, ...others];
    const html = renderPage(template, { ...run, samples });
    const inside = /^<script type="application\/json">(.*)<\/script>$/s.exec(html)![1]!;
    expect(inside).not.toContain("<");
    expect(JSON.parse(inside)).toMatchObject({ samples, manifest: run.manifest, results: run.results });
    expect((JSON.parse(inside) as PageData).answers).toEqual(answerInWords(run));
  });

  it("holds the per-problem rows of the problems it shows and of no other", () => {
    const html = renderPage(template, run);
    const data = JSON.parse(html.slice(html.indexOf("{"), html.lastIndexOf("}") + 1)) as typeof run;
    const shown = new Set(run.samples.map((look) => look.problem));
    expect(new Set(data.questions.map((row) => row.problem))).toEqual(shown);
    expect(shown.size).toBeLessThan(new Set(run.questions.map((row) => row.problem)).size);
  });

  it.each(["<html></html>", `${template}${template}`])("needs one place for it", (bad) => {
    expect(() => renderPage(bad, run)).toThrow(/bad-template: .*exactly once/);
  });
});
