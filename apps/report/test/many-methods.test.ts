import { crowdedRun } from "@touchstone/report/simulated-crowd";
import { simulatedRun } from "@touchstone/report/simulated-run";
import type { Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { describePages, labelOf, rewardModels } from "./opened-pages.ts";

describePages("the page of a run with many methods", (pages) => {
  const crowd = crowdedRun(simulatedRun());
  let path: string;
  let own: Page;
  beforeAll(async () => {
    path = await pages().write("crowd", crowd);
    own = await pages().open(path);
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
    const ends = () => own.locator("#accuracy .end-label").allTextContents();
    await expect.poll(async () => (await ends()).toSorted()).toEqual(before.toSorted());
    const stroke = (part: string, name: string) =>
      own.locator(`${part} g.method-line[data-series="${name}"]`).first().getAttribute("stroke");
    await expect.poll(() => stroke("#accuracy", "quest")).toBe("var(--quiet)");
    const kept = await stroke("#accuracy", "best-of-n");
    await own.locator("#accuracy").getByRole("button", { name: "quest" }).click();
    // Plots are drawn again after the next frame.
    await expect.poll(() => stroke("#accuracy", "quest")).toMatch(/^var\(--series-\d\)$/);
    await expect.poll(() => stroke("#cost", "quest")).toBe(await stroke("#accuracy", "quest"));
    expect(await inColour("#cost")).toEqual(expect.arrayContaining([...before, "quest"]));
    await own.locator("#cost").getByRole("button", { name: "majority-vote" }).click();
    await expect.poll(() => inColour("#accuracy")).not.toContain("majority-vote");
    await expect.poll(() => stroke("#accuracy", "majority-vote")).toBe("var(--quiet)");
    expect(await stroke("#accuracy", "best-of-n")).toBe(kept);
  });

  it("keeps the names of coloured curves apart", async () => {
    const heights = () =>
      own
        .locator("#accuracy .end-label text")
        .evaluateAll((labels) => labels.map((label) => label.getBoundingClientRect().top));
    await expect.poll(async () => (await heights()).length).toBeGreaterThan(1);
    const sorted = (await heights()).toSorted((a, b) => a - b);
    expect(Math.min(...sorted.slice(1).map((top, i) => top - sorted[i]!))).toBeGreaterThan(13);
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

  it("keeps what allocation wins apart by seed, and shows it with the decoding that it is of", async () => {
    const [first] = crowd.allocation!;
    const allocation = [first!, { ...first!, seed: 2, estimate: 0.4 }, { ...first!, decoding: "t=0.5", estimate: 0.9 }];
    const seeds = await pages().open(await pages().write("seeds", { ...crowd, allocation }));
    const groups = await seeds.locator("#allocation tbody tr.group").allInnerTexts();
    expect(groups.map((title) => /, seed (\d+)$/.exec(title.trim())?.[1])).toEqual(["1", "2"]);
    const rows = await seeds.locator("#allocation tbody tr:not(.group)").allInnerTexts();
    expect(rows.map((row) => /Batch win rate\s+(\S+)/.exec(row)![1])).toEqual(["0.610", "0.400"]);
    await seeds.context().close();
  });

  it("says how a chain moved", async () => {
    const row = await own.locator("#diagnostics table.chains tbody tr").innerText();
    expect(row.replaceAll(/\s+/g, " ")).toMatch(/^qalign arith-good 16 – 0\.420 ± 0\.020 17\.50 ± 0\.02 – –/);
  });

  it("fits a phone", async () => {
    const phone = await pages().open(path, { viewport: { width: 390, height: 844 } });
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await phone.context().close();
  });
});
