import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { abstainedFor, type ResultRow } from "@touchstone/core";
import { answerInWords, percent, percentInterval, renderPage, writePage } from "@touchstone/report";
import { crowdedRun } from "@touchstone/report/simulated-crowd";
import { ledgerOf } from "@touchstone/report/simulated-ledger";
import { simulatedRun } from "@touchstone/report/simulated-run";
import { tunedRun } from "@touchstone/report/simulated-tuning";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pageTemplate } from "../src/index.ts";
import { launchBrowser } from "./browser.ts";

const launched = await launchBrowser();
const reason = typeof launched === "string" ? launched : "";
if (reason !== "" && process.env["TOUCHSTONE_NO_SKIP"] === "1") throw new Error(reason);

const run = simulatedRun();
const budgets = [1, 2, 4, 8, 16, 32, 64];
const rewardModels = ["arith-good", "arith-small", "arith-blind"];
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

function labelOf({ method, parameters }: Pick<ResultRow, "method" | "parameters">): string {
  const { convention } = JSON.parse(parameters) as { convention?: string };
  return convention === undefined ? method : `${method} (${convention})`;
}

describe.skipIf(reason !== "")(
  `the page, opened from a file without a network${reason && ` (skipped: ${reason})`}`,
  () => {
    const browser = launched as Browser;
    let folder: string;
    let file: string;
    const complaints: string[] = [];
    const requests: string[] = [];

    async function open(options: BrowserContextOptions = {}, path = file): Promise<Page> {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, offline: true, ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("request", (request) => requests.push(request.url()));
      await page.goto(pathToFileURL(path).href);
      await page.waitForFunction(() => {
        const places = document.querySelectorAll(".plot");
        return places.length > 0 && [...places].every((place) => place.querySelector("svg") !== null);
      });
      return page;
    }

    let page: Page;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "touchstone-page-"));
      file = await writePage(folder, renderPage(await pageTemplate(), run));
      page = await open();
    });
    afterAll(async () => {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    });

    it("asks for nothing but itself and writes nothing to the console", () => {
      expect(requests.filter((url) => !url.startsWith("data:"))).toEqual([pathToFileURL(file).href]);
      expect(complaints).toEqual([]);
    });

    it("shows both rows of a tuned method, and what validation chose from", async () => {
      const path = join(folder, "tuned.html");
      await writeFile(path, renderPage(await pageTemplate(), tunedRun(run)));
      const tuned = await open({}, path);
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
      const path = await writePage(join(folder, "abstained"), renderPage(await pageTemplate(), silent));
      const shown = await open({}, path);
      const rows = await shown.locator("#cost table.abstained tbody tr").allInnerTexts();
      expect(rows).toEqual([expect.stringMatching(/majority-vote.*no sample can be read.*12\.5$/s)]);
      expect(await page.locator("#cost table.abstained").count()).toBe(0);
      await shown.context().close();
    });

    it("says what learning and tuning spent before the first decision, and names the table that has it", async () => {
      const path = await writePage(
        join(folder, "spent"),
        renderPage(await pageTemplate(), { ...run, ledger: ledgerOf(run) }),
      );
      const spent = await open({}, path);
      const rows = await spent.locator("#cost table.beside tbody tr").allInnerTexts();
      expect(rows).toHaveLength(2);
      expect(rows[0]).toMatch(/weighted-vote.*learning from 20 train problems at 64 samples/s);
      expect(rows[1]).toMatch(/tuning: 8 trials on 200 validation problems at 64 samples/);
      expect(await spent.locator("#made .note").innerText()).toContain("ledger.csv");
      expect(await page.locator("#cost table.beside").count()).toBe(0);
      await spent.context().close();
    });

    it("draws the score of every trial against the knob that moved, the chosen one filled", async () => {
      const tuned = tunedRun(run);
      const tuning = tuned.tuning!.map((row) => ({
        ...row,
        parameters: JSON.stringify({ ...(JSON.parse(row.parameters) as object), beta: row.trial + 1 }),
      }));
      const path = await writePage(join(folder, "trials"), renderPage(await pageTemplate(), { ...tuned, tuning }));
      const own = await open({}, path);
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
      const path = await writePage(join(folder, "long"), renderPage(await pageTemplate(), { ...small, samples }));
      for (const viewport of [
        { width: 1280, height: 900 },
        { width: 390, height: 844 },
      ]) {
        const own = await open({ viewport }, path);
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

    it("narrows the problems to those on which two chosen methods disagree", async () => {
      const favourite = (answers: Readonly<Record<string, number>>) =>
        Object.entries(answers).toSorted(([, a], [, b]) => b - a)[0]![0];
      const of = (look: (typeof run.samples)[number], method: string, rewardModel: string) =>
        favourite(look.decisions.find((d) => d.method === method && d.reward_model === rewardModel)!.answers);
      const apart = run.samples.filter(
        (look) => of(look, "majority-vote", "") !== of(look, "best-of-n", "arith-blind"),
      );
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
      const path = await writePage(join(folder, "accessible"), renderPage(await pageTemplate(), busy));
      const own = await open({}, path);
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
      const phone = await open({ viewport: { width: 390, height: 844 } });
      expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      const plots = await phone
        .locator(".plot svg")
        .evaluateAll((all) => all.map((svg) => svg.getBoundingClientRect().right));
      expect(Math.max(...plots)).toBeLessThanOrEqual(390);
      await phone.context().close();
    });

    it("prints dark on light whatever the screen prefers, without its controls", async () => {
      const own = await open({ colorScheme: "dark" });
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
      const tip = unspaced((await panel.locator("svg").textContent())!);
      const interval = percentInterval(row.ci_low!, row.ci_high!);
      expect(tip).toContain(unspaced(`accuracy ${percent(row.estimate!)} % (95 %: ${interval})`));
      expect(tip).toContain(unspaced(`64 samples, n = ${row.problems} (${row.clusters} clusters)`));
    });

    it("draws a run with one budget and no reward model", async () => {
      const small = simulatedRun({ problems: 6, poolSize: 8, budgets: [4], rewardModels: [], replicates: 3 });
      const path = await writePage(join(folder, "small"), renderPage(await pageTemplate(), small));
      const own = await open({}, path);
      expect(await own.locator("#answer .says").allTextContents()).toEqual(
        answerInWords(small).map(({ text }) => text),
      );
      expect(await own.locator("table.budgets tbody").first().locator("tr").count()).toBe(2);
      expect(await own.locator("#accuracy .panel").count()).toBe(1);
      expect(await own.locator("#accuracy g.method-dots > *").count()).toBe(2);
      expect(await own.locator("#proxy").count()).toBe(0);
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
      const path = await writePage(join(folder, "both"), renderPage(await pageTemplate(), both));
      const own = await open({}, path);
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

    describe("of a run with many methods", () => {
      const crowd = crowdedRun(run);
      let own: Page;
      beforeAll(async () => {
        const path = await writePage(join(folder, "crowd"), renderPage(await pageTemplate(), crowd));
        own = await open({}, path);
      });

      const inColour = (part: string) =>
        own
          .locator(`${part} .legend button[aria-pressed="true"]`)
          .allInnerTexts()
          .then((names) => names.map((name) => name.trim()));

      it("shows one reward model at first, all of them on demand, and answers for every one", async () => {
        expect(await own.locator("#answer .says").count()).toBe(rewardModels.length);
        expect(await own.locator("#accuracy .panel").count()).toBe(1);
        expect(await own.locator("table.budgets tr.group").first().innerText()).toContain("with arith-good");
        const links = await own.locator("header nav a").evaluateAll((all) => all.map((a) => a.getAttribute("href")!));
        for (const link of links) expect({ link, parts: await own.locator(link).count() }).toEqual({ link, parts: 1 });
        expect(links).toEqual(expect.arrayContaining(["#learning", "#allocation"]));
        expect(links).not.toContain("#tuning");
        const methods = new Set(crowd.results.filter(({ kind }) => kind === "method").map(labelOf));
        expect(await own.locator("table.budgets tbody").first().locator("tr.method").count()).toBe(methods.size);
        await own.getByLabel("Reward model:").selectOption("arith-blind");
        expect(await own.locator(".choices .planted").innerText()).toBe("planted flaw");
        expect(await own.locator("#accuracy figcaption").innerText()).toMatch(/arith-blind/);
        expect(await own.locator("#comparisons tbody").count()).toBe(1);
        const decided = await own.locator("#problems .decisions tbody td:nth-child(2)").allInnerTexts();
        expect(decided.some((name) => name.includes("arith-blind"))).toBe(true);
        expect(decided.some((name) => name.includes("arith-good"))).toBe(false);
        await own.getByLabel("Reward model:").selectOption({ index: 0 });
        expect(await own.locator("#accuracy .panel").count()).toBe(rewardModels.length);
        await own.getByLabel("Reward model:").selectOption("arith-good");
        // Names stand at the curves' ends once the page has seen how much room one panel has.
        await own.locator("#accuracy .end-label").first().waitFor({ state: "attached" });
      });

      it("colours a few methods, each with its name at its end, and any other on demand in every figure", async () => {
        const before = await inColour("#accuracy");
        expect(before).toEqual(expect.arrayContaining(["best-of-n", "majority-vote"]));
        expect(before.length).toBeLessThan(9);
        expect((await own.locator("#accuracy .end-label").allTextContents()).toSorted()).toEqual(before.toSorted());
        const stroke = (part: string, name: string) =>
          own.locator(`${part} g.method-line[data-series="${name}"]`).first().getAttribute("stroke");
        expect(await stroke("#accuracy", "quest")).toBe("var(--quiet)");
        const kept = await stroke("#accuracy", "best-of-n");
        await own.locator("#accuracy").getByRole("button", { name: "quest" }).click();
        expect(await stroke("#accuracy", "quest")).toMatch(/^var\(--series-\d\)$/);
        expect(await stroke("#cost", "quest")).toBe(await stroke("#accuracy", "quest"));
        expect(await inColour("#cost")).toEqual(expect.arrayContaining([...before, "quest"]));
        await own.locator("#cost").getByRole("button", { name: "majority-vote" }).click();
        expect(await inColour("#accuracy")).not.toContain("majority-vote");
        expect(await stroke("#accuracy", "best-of-n")).toBe(kept);
      });

      it("keeps the names of coloured curves apart", async () => {
        const boxes = await own
          .locator("#accuracy .end-label text")
          .evaluateAll((labels) => labels.map((label) => label.getBoundingClientRect().top));
        const gaps = boxes.toSorted((a, b) => a - b).map((top, i, all) => (i === 0 ? 99 : top - all[i - 1]!));
        expect(boxes.length).toBeGreaterThan(1);
        expect(Math.min(...gaps)).toBeGreaterThan(13);
      });

      it("draws how a bandit learned, beside random choice", async () => {
        const learning = own.locator("#learning");
        expect(await learning.locator("g.learning-line").count()).toBe(2);
        expect(
          await learning.locator('g.learning-line[data-series="random choice"]').getAttribute("stroke-dasharray"),
        ).toBe("4 4");
        expect(await learning.locator(".reading").innerText()).toMatch(
          /laser: 6\.32 after 40 problems\s+random choice \(dashed\): 20\.00 after 40 problems/,
        );
      });

      it("shows what allocation wins beside what chance gives", async () => {
        const rows = await own.locator("#allocation tbody tr:not(.group)").allInnerTexts();
        expect(rows.map((row) => row.replaceAll(/\s+/g, " ").trim())).toEqual([
          "Batch win rate 0.610 0.570 to 0.650 0.500 12 10 × 20",
          "Survival time 41.200 41.160 to 41.240 13.200 12 10 × 20",
        ]);
      });

      it("says how a chain moved", async () => {
        const row = await own.locator("#diagnostics table.chains tbody tr").innerText();
        expect(row.replaceAll(/\s+/g, " ")).toMatch(/^qalign arith-good 16 – 0\.420 ± 0\.020 17\.50 ± 0\.02 – –/);
      });

      it("fits a phone", async () => {
        const phone = await open({ viewport: { width: 390, height: 844 } }, join(folder, "crowd", "report.html"));
        expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
        await phone.context().close();
      });
    });

    it("has complained of nothing in all of this", () => {
      expect(complaints).toEqual([]);
      expect(requests.filter((url) => !url.startsWith("data:") && !url.startsWith(pathToFileURL(folder).href))).toEqual(
        [],
      );
    });
  },
);
