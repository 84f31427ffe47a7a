import { abstainedFor } from "@touchstone/core";
import { answerInWords } from "@touchstone/report";
import { ledgerOf } from "@touchstone/report/simulated-ledger";
import { simulatedRun } from "@touchstone/report/simulated-run";
import { tunedRun } from "@touchstone/report/simulated-tuning";
import { expect, it } from "vitest";
import { describePages, rewardModels } from "./opened-pages.ts";

const run = simulatedRun();

describePages("pages of runs that tuned, learned, abstained, or are small", (pages) => {
  it("shows both rows of a tuned method, and what validation chose from", async () => {
    const path = await pages().write("tuned", tunedRun(run));
    const tuned = await pages().open(path);
    const labels = await tuned.locator("#table tbody th").allTextContents();
    expect(labels.filter((label) => label.includes("tuned")).length).toBeGreaterThan(0);
    const rows = await tuned.locator("#tuning tbody tr").allTextContents();
    expect(rows).toHaveLength(rewardModels.length);
    expect(rows[0]).toMatch(/weighted-vote.*beta 2.*50\.0.*75\.0.*3$/);
    // Of three trials two name a temperature: two points, and a line for the method's own parameters.
    const [panel] = await tuned.locator("#tuning .panel").all();
    expect(await panel!.locator("g.trials > *").count()).toBe(2);
    expect(await panel!.locator(".own-trial").count()).toBe(1);
    await tuned.close();
  });

  it("says why a method abstained, and on how many problems", async () => {
    const { suite, dataset, split, model, decoding } = run.results[0]!;
    const about = {
      suite,
      dataset,
      split,
      model,
      decoding,
      reward_model: "",
      budget: 64,
      standard_error: 0.01,
      problems: 60,
    };
    const said = { ...about, subject: "majority-vote", name: abstainedFor("no sample can be read"), value: 0.125 };
    const silent = { ...run, diagnostics: [...run.diagnostics, said] };
    const path = await pages().write("abstained", silent);
    const shown = await pages().open(path);
    const rows = await shown.locator("#cost table.abstained tbody tr").allInnerTexts();
    expect(rows).toEqual([expect.stringMatching(/majority-vote.*no sample can be read.*12\.5$/s)]);
    await shown.context().close();
  });

  it("says what learning and tuning spent before the first decision, and names the table that has it", async () => {
    const path = await pages().write("spent", { ...run, ledger: ledgerOf(run) });
    const spent = await pages().open(path);
    const rows = await spent.locator("#cost table.beside tbody tr").allInnerTexts();
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/weighted-vote.*learning from 20 train problems at 64 samples/s);
    expect(rows[1]).toMatch(/tuning: 8 trials on 200 validation problems at 64 samples/);
    expect(await spent.locator("#made .note").innerText()).toContain("ledger.csv");
    // The vote spent one other token a sample on deciding; the other methods none.
    const ledger = spent.locator("#cost table").first();
    expect(await ledger.locator("thead").innerText()).toContain("Other tokens");
    const others = await ledger
      .locator("tbody tr")
      .evaluateAll((lines) => lines.map((line) => line.children[6]!.textContent));
    expect(others.filter((tokens) => tokens !== "0")).toEqual(["64"]);
    await spent.context().close();
  });

  it("draws the score of every trial against the knob that moved, the chosen one filled", async () => {
    const tuned = tunedRun(run);
    const tuning = tuned.tuning!.map((row) => ({
      ...row,
      parameters: JSON.stringify({ ...(JSON.parse(row.parameters) as object), beta: row.trial + 1 }),
    }));
    const path = await pages().write("trials", { ...tuned, tuning });
    const own = await pages().open(path);
    const panels = await own.locator("#tuning .panel").all();
    expect(panels).toHaveLength(rewardModels.length);
    for (const panel of panels) {
      const fills = await panel
        .locator("g.trials > *")
        .evaluateAll((dots) =>
          dots
            .toSorted((a, b) => Number(a.getAttribute("cx")) - Number(b.getAttribute("cx")))
            .map((dot) => dot.getAttribute("fill")),
        );
      expect(fills).toEqual(["var(--paper)", "var(--paper)", "var(--series-0)"]);
    }
    expect(await panels[2]!.innerText()).toMatch(/planted flaw/);
    await own.context().close();
  });

  it("keeps answers as long as a response within their column", async () => {
    const long = "a response of many words that is its own answer ".repeat(4).trim();
    const small = simulatedRun({ problems: 12, poolSize: 16, budgets: [1, 4], replicates: 3 });
    const samples = small.samples.map((look) => ({
      ...look,
      reference: JSON.stringify(Array.from({ length: 40 }, (_, i) => i)),
      answers: look.answers.map((answer, i) => ({ ...answer, answer: `${i} ${long}` })),
      decisions: look.decisions.map((decision) => ({ ...decision, answers: { [`0 ${long}`]: 1 } })),
      samples: look.samples.map((sample) => ({ ...sample, answer: long, text: long })),
    }));
    const path = await pages().write("long", { ...small, samples });
    for (const viewport of [
      { width: 1280, height: 900 },
      { width: 390, height: 844 },
    ]) {
      const own = await pages().open(path, { viewport });
      expect(await own.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
      const [left, right] = await own
        .locator("#problems .halves > div")
        .evaluateAll((halves) => halves.map((half) => half.getBoundingClientRect()));
      const cells = await own
        .locator("#problems .bars :is(th, td)")
        .evaluateAll((all) => all.map((cell) => cell.getBoundingClientRect().right));
      expect(Math.max(...cells)).toBeLessThanOrEqual(left!.right + 1);
      expect(right!.width).toBeGreaterThan(0);
      await own.context().close();
    }
  });

  it("draws a run with one budget and no reward model", async () => {
    const small = simulatedRun({ problems: 6, poolSize: 8, budgets: [4], rewardModels: [], replicates: 3 });
    const path = await pages().write("small", small);
    const own = await pages().open(path);
    expect(await own.locator("#answer .says").allTextContents()).toEqual(answerInWords(small).map(({ text }) => text));
    expect(await own.locator("table.budgets tbody").first().locator("tr").count()).toBe(2);
    expect(await own.locator("#accuracy .panel").count()).toBe(1);
    expect(await own.locator("#accuracy g.method-dots > *").count()).toBe(2);
    expect(await own.locator("#proxy").count()).toBe(0);
    // Four of eight samples: the dagger stands behind its number, on the same line.
    const [number, dagger] = await Promise.all(
      [".estimate", ".estimate sup"].map((part) => own.locator(`table.budgets ${part}`).first().boundingBox()),
    );
    expect(dagger!.x).toBeGreaterThan(number!.x);
    expect(dagger!.y).toBeLessThan(number!.y + number!.height / 2);
    expect(await own.locator("#table .marks").innerText()).toContain("† the pool is smaller");
    await own.context().close();
  });

  it("lets the reader choose between datasets, and changes every part", async () => {
    const other = <Row extends { dataset: string }>(rows: readonly Row[]) => [
      ...rows,
      ...rows.map((row) => ({ ...row, dataset: "other" })),
    ];
    const both = {
      ...run,
      results: other(run.results).filter((row) => row.dataset === "arith" || row.budget <= 8),
      questions: other(run.questions),
      comparisons: other(run.comparisons).filter((row) => row.dataset === "arith" || row.budget <= 8),
      samples: [...run.samples, { ...run.samples[0]!, dataset: "other", problem: "other-test-0000" }],
    };
    const path = await pages().write("both", both);
    const own = await pages().open(path);
    await own.getByLabel("Shown:").selectOption({ index: 1 });
    expect(await own.locator("header").innerText()).toContain("problems of other (test), 4 budgets");
    expect(await own.locator("#answer .says").allTextContents()).toEqual(
      answerInWords(both)
        .slice(rewardModels.length)
        .map(({ text }) => text),
    );
    expect(await own.locator("table.budgets thead th").count()).toBe(2 + 4 + 1);
    expect(await own.locator("#comparisons select").inputValue()).toBe("8");
    expect(await own.locator("#problems nav .name").allTextContents()).toEqual(["other-test-0000"]);
    await own.context().close();
  });
});
