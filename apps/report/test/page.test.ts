import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { answerInWords, percent, percentInterval } from "@touchstone/report";
import { crowdedRun } from "@touchstone/report/simulated-crowd";
import { simulatedRun } from "@touchstone/report/simulated-run";
import { tunedRun } from "@touchstone/report/simulated-tuning";
import type { Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { describePages, labelOf, rewardModels } from "./opened-pages.ts";

const run = simulatedRun();
const budgets = [1, 2, 4, 8, 16, 32, 64];
const methodsOfAGroup = [
  "single-sample",
  "majority-vote",
  "best-of-n",
  "weighted-vote (sum)",
  "weighted-vote (softmax)",
];

interface Axe {
  run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

describePages("the page, opened from a file without a network", (pages) => {
  let file: string;
  let page: Page;
  beforeAll(async () => {
    file = await pages().write("run", run);
    page = await pages().open(file);
  });

  it("asks for nothing but itself and writes nothing to the console", () => {
    expect(pages().requests.filter((url) => !url.startsWith("data:"))).toEqual([pathToFileURL(file).href]);
    expect(pages().complaints).toEqual([]);
  });

  it("has no part for what the run does not have", async () => {
    for (const part of ["#tuning", "#learning", "#allocation", "#cost table.abstained", "#cost table.beside"]) {
      expect({ part, shown: await page.locator(part).count() }).toEqual({ part, shown: 0 });
    }
  });

  it("gives the answer in words before anything else", async () => {
    const says = await page.locator("main section").first().locator(".says").allTextContents();
    expect(says).toEqual(answerInWords(run).map((answer) => answer.text));
    const notes = await page.locator("#answer .note").allTextContents();
    expect(notes).toEqual(answerInWords(run).flatMap((answer) => answer.notes));
  });

  it("says what was run, on which model, when, by which commit and where", async () => {
    const header = await page.locator("header").innerText();
    for (const fact of [
      "simulated",
      "arith",
      "20 November 2026",
      "5b28f33c0f",
      "uncommitted",
      "a simulated processor",
    ]) {
      expect(header).toContain(fact);
    }
  });

  it("shows every accuracy of results.csv with its interval and n in the table", async () => {
    const shown = new Map<string, string>();
    const bodies = await page.locator("table.budgets tbody").all();
    expect(bodies).toHaveLength(rewardModels.length + 1);
    for (const [index, body] of bodies.entries()) {
      for (const row of await body.locator("tr:not(.group)").all()) {
        const label = await row.locator("th").innerText();
        const cells = await row.locator("td").allInnerTexts();
        const n = cells.at(-1)!;
        cells.slice(1, -1).forEach((cell, i) => {
          const key = JSON.stringify([index, label, budgets[i]]);
          shown.set(key, `${cell.replaceAll(/\s+/g, " ").trim()} ${n}`);
        });
      }
    }
    const expected = new Map<string, string>();
    for (const row of run.results.filter(({ metric }) => metric === "accuracy")) {
      const places =
        row.kind === "reference"
          ? [rewardModels.length]
          : rewardModels.flatMap((name, i) => (row.reward_model === "" || row.reward_model === name ? [i] : []));
      for (const place of places) {
        const text = `${percent(row.estimate!)} ${percentInterval(row.ci_low!, row.ci_high!)} ${row.problems} (${row.clusters})`;
        expected.set(JSON.stringify([place, labelOf(row), row.budget]), text);
      }
    }
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(expected));
  });

  it("marks the best of each group and those tied with it", async () => {
    for (const [index, name] of rewardModels.entries()) {
      const body = page.locator("table.budgets tbody").nth(index);
      const comparisons = run.comparisons.filter((row) => row.reward_model === name && row.budget === 64);
      const marked = async (mark: string) =>
        body
          .locator("tr:not(.group)")
          .evaluateAll(
            (rows, wanted) =>
              rows
                .filter((row) => row.querySelector("td:nth-last-child(2)")!.classList.contains(wanted))
                .map((row) => row.querySelector("th")!.textContent),
            mark,
          );
      const [first] = comparisons;
      expect(await marked("best")).toEqual([labelOf({ method: first!.best, parameters: first!.best_parameters })]);
      expect((await marked("tied")).toSorted()).toEqual(
        comparisons
          .filter((row) => row.tied)
          .map(labelOf)
          .toSorted(),
      );
    }
  });

  it("sorts the table by a budget, within each group", async () => {
    const heading = page.locator("table.budgets thead th").nth(2 + budgets.indexOf(64));
    await heading.getByRole("button").click();
    expect(await heading.getAttribute("aria-sort")).toBe("descending");
    const column = await page
      .locator("table.budgets tbody")
      .nth(2)
      .locator("tr:not(.group) td:nth-last-child(2) .estimate")
      .allInnerTexts();
    expect(column.map(Number)).toEqual(column.map(Number).toSorted((a, b) => b - a));
    expect(column).toHaveLength(methodsOfAGroup.length);
    await heading.getByRole("button").click();
    await heading.getByRole("button").click();
    expect(await heading.getAttribute("aria-sort")).toBe("none");
  });

  it("draws in each panel as many curves, bands and points as there are methods and budgets", async () => {
    const panels = await page.locator("#accuracy .panel").all();
    expect(panels).toHaveLength(rewardModels.length);
    for (const panel of panels) {
      const names = await panel
        .locator("g.method-line")
        .evaluateAll((marks) => marks.map((g) => g.getAttribute("data-series")!));
      expect(names.toSorted()).toEqual(methodsOfAGroup.toSorted());
      expect(await panel.locator("g.band").count()).toBe(methodsOfAGroup.length);
      expect(await panel.locator("g.reference-line").count()).toBe(2);
      const dots = await panel.locator("g.method-dots").evaluateAll((marks) => marks.map((g) => g.children.length));
      expect(dots).toEqual(methodsOfAGroup.map(() => budgets.length));
    }
    expect((await page.locator("#accuracy .legend li").allInnerTexts()).map((text) => text.trim())).toEqual([
      ...methodsOfAGroup,
      "oracle",
      "random-choice",
    ]);
  });

  it("draws the points where the rows say", async () => {
    const rows = run.results.filter(
      (row) => row.method === "best-of-n" && row.reward_model === "arith-blind" && row.metric === "accuracy",
    );
    const drawn = await page
      .locator("#accuracy .panel")
      .nth(2)
      .locator('g.method-dots[data-series="best-of-n"] > *')
      .evaluateAll((marks) =>
        marks.map((mark) =>
          /translate\(([\d.]+),([\d.]+)\)/.exec(mark.getAttribute("transform")!)!.slice(1).map(Number),
        ),
      );
    // Both axes are affine in (log budget, accuracy): two points fix them, the others have to agree.
    const at = rows.map((row) => [Math.log2(row.budget), row.estimate!] as const);
    for (const axis of [0, 1] as const) {
      const [a, b] = [at[0]![axis], at[3]![axis]];
      const [from, to] = [drawn[0]![axis]!, drawn[3]![axis]!];
      at.forEach((point, i) => {
        const expected = from + ((point[axis] - a) / (b - a)) * (to - from);
        expect(Math.abs(drawn[i]![axis]! - expected)).toBeLessThan(0.02);
      });
    }
  });

  it("draws proxy over gold for every reward model, on the same budgets", async () => {
    const panels = await page.locator("#proxy .panel").all();
    expect(panels).toHaveLength(rewardModels.length);
    for (const panel of panels) {
      const counts = await panel
        .locator(".plot svg")
        .evaluateAll((plots) => plots.map((plot) => plot.querySelectorAll("g.method-line").length));
      expect(counts).toEqual([3, 3]);
    }
    expect(await panels[2]!.innerText()).toContain("Planted: A solution that states its answer without any working");
  });

  it.each(["answer", "table", "accuracy", "proxy", "cost", "comparisons", "diagnostics", "problems", "made"])(
    "calls a planted flaw planted in the part %s",
    async (part) => {
      const text = await page.locator(`#${part}`).innerText();
      expect(text).toContain("arith-blind");
      expect(text).toMatch(/planted/i);
    },
  );

  it("draws accuracy against the cost that is chosen", async () => {
    const cost = page.locator("#cost");
    const first = cost.locator(".plot svg").first();
    const xs = () =>
      first
        .locator('g.method-dots[data-series="best-of-n"] > *')
        .evaluateAll((marks) => marks.map((mark) => mark.getAttribute("transform")));
    const before = await xs();
    await cost.getByLabel("FLOPs").check();
    await first.getByText("FLOPs per problem, every model").waitFor();
    expect(await xs()).toHaveLength(before.length);
    expect(await xs()).not.toEqual(before);
  });

  it("lists the paired comparisons of the budget that is chosen", async () => {
    const section = page.locator("#comparisons");
    await section.getByRole("combobox").selectOption("16");
    const rows = run.comparisons.filter((row) => row.budget === 16);
    const shown = await section
      .locator("tbody tr:not(.group)")
      .evaluateAll((all) =>
        all.map((row) => [
          row.querySelector("th")!.textContent,
          row.querySelector(".estimate")!.textContent,
          row.querySelector("td:last-child")!.textContent,
        ]),
      );
    expect(shown.toSorted()).toEqual(
      rows.map((row) => [labelOf(row), percent(row.difference!), row.tied ? "tied" : "best is ahead"]).toSorted(),
    );
  });

  it("shows the problem that is chosen, its samples, and what each method decided", async () => {
    const browserPart = page.locator("#problems");
    const look = run.samples[3]!;
    await browserPart.getByRole("button", { name: look.problem }).click();
    const detail = browserPart.getByRole("article");
    expect(await detail.locator(".prompt").textContent()).toBe(look.prompt);
    expect(await detail.locator(".facts-line").innerText()).toContain(look.reference);
    expect(await detail.locator(".decisions tbody tr").count()).toBe(look.decisions.length);
    await detail.getByRole("button", { name: `Show all ${look.samples.length}` }).click();
    expect(await detail.locator(".samples pre").allTextContents()).toEqual(look.samples.map((sample) => sample.text));

    await detail.getByLabel("Order of the samples").selectOption("arith-good");
    const best = look.samples.toSorted((a, b) => b.rewards["arith-good"]! - a.rewards["arith-good"]!)[0]!;
    expect(await detail.locator(".samples .index").first().textContent()).toBe(`#${best.index}`);
    await detail.getByLabel("Grade of the samples shown").selectOption("wrong");
    expect(await detail.locator(".samples li").count()).toBe(look.samples.filter(({ grade }) => grade === 0).length);
  });

  it("shows what a model wrote as text, even where it looks like a page's code", async () => {
    const found = run.samples.find((look) => look.samples.some(({ text }) => text.includes("</script>")));
    expect(found).toBeDefined();
    await page.locator("#problems").getByRole("button", { name: found!.problem }).click();
    const more = page.locator("#problems .more");
    if (await more.isVisible()) await more.click();
    expect((await page.locator("#problems pre").allTextContents()).join()).toContain("</script> I would say");
  });

  it("narrows the problems to those on which two chosen methods disagree", async () => {
    const favourite = (answers: Readonly<Record<string, number>>) =>
      Object.entries(answers).toSorted(([, a], [, b]) => b - a)[0]![0];
    const of = (look: (typeof run.samples)[number], method: string, rewardModel: string) =>
      favourite(look.decisions.find((d) => d.method === method && d.reward_model === rewardModel)!.answers);
    const apart = run.samples.filter((look) => of(look, "majority-vote", "") !== of(look, "best-of-n", "arith-blind"));
    expect(apart.length).toBeLessThan(run.samples.length);
    const part = page.locator("#problems");
    await part.getByLabel("Disagreement between").selectOption({ label: "majority-vote" });
    await part.getByLabel("Disagreement and").selectOption({ label: "best-of-n, arith-blind" });
    await part.getByRole("checkbox").check();
    expect(await part.locator("nav .name").allTextContents()).toEqual(apart.map((look) => look.problem));
  });

  it("names methods among the diagnostics as everywhere else", async () => {
    expect(await page.locator("#diagnostics summary").allTextContents()).toEqual(["weighted-vote (sum) 1 number"]);
  });

  it("tells how it was made: command, commit, hashes, conventions", async () => {
    const text = await page.locator("#made").innerText();
    expect(text).toContain("./touchstone run simulated --limit 60");
    expect(text).toContain(run.manifest.touchstone.commit!);
    for (const model of run.manifest.models) expect(text).toContain(model.name);
    expect(text).toMatch(/model\.safetensors 0123456789ab/);
    expect(text).toMatch(/Holm/);
  });

  it("has no violation of the accessibility rules, light or dark", { timeout: 240_000 }, async () => {
    const small = simulatedRun({ problems: 12, poolSize: 16, budgets: [1, 4], replicates: 3 });
    const busy = crowdedRun(tunedRun(small));
    const path = await pages().write("accessible", busy);
    const own = await pages().open(path);
    await own.evaluate(await readFile(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8"));
    for (const colorScheme of ["light", "dark"] as const) {
      await own.emulateMedia({ colorScheme });
      const violations = await own.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: Axe };
        const found = await axe.run({ resultTypes: ["violations"] });
        return found.violations.map(
          ({ id, nodes }) =>
            `${id}: ${nodes
              .slice(0, 3)
              .map(({ html }) => html)
              .join(" | ")}`,
        );
      });
      expect({ colorScheme, violations }).toEqual({ colorScheme, violations: [] });
    }
    await own.context().close();
  });

  it("fits a phone: nothing but tables in their own boxes is wider than the screen", async () => {
    const phone = await pages().open(file, { viewport: { width: 390, height: 844 } });
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    const plots = await phone
      .locator(".plot svg")
      .evaluateAll((all) => all.map((svg) => svg.getBoundingClientRect().right));
    expect(Math.max(...plots)).toBeLessThanOrEqual(390);
    await phone.context().close();
  });

  it("prints dark on light whatever the screen prefers, without its controls", async () => {
    const own = await pages().open(file, { colorScheme: "dark" });
    const lightness = () =>
      own.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.documentElement).backgroundColor)![0]));
    expect(await lightness()).toBeLessThan(60);
    await own.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await lightness()).toBeGreaterThan(240);
    expect(await own.locator(".controls:visible, header nav:visible").count()).toBe(0);
    await own.context().close();
  });

  it("tells the estimate, its interval and n of a point under the pointer", async () => {
    const row = run.results.find(
      (one) =>
        one.method === "best-of-n" &&
        one.reward_model === "arith-blind" &&
        one.metric === "accuracy" &&
        one.budget === 64,
    )!;
    const panel = page.locator("#accuracy .panel").nth(2);
    await panel.scrollIntoViewIfNeeded();
    await panel.locator('g.method-dots[data-series="best-of-n"] > *').last().hover();
    // The tip breaks lines where it likes.
    const unspaced = (text: string) => text.replaceAll(/\s/g, "");
    const tip = async () => unspaced((await panel.locator("svg").textContent())!);
    const interval = percentInterval(row.ci_low!, row.ci_high!);
    await expect.poll(tip).toContain(unspaced(`accuracy ${percent(row.estimate!)} % (95 %: ${interval})`));
    expect(await tip()).toContain(unspaced(`64 samples, n = ${row.problems} (${row.clusters} clusters)`));
  });
});
