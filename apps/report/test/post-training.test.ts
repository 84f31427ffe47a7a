import { join } from "node:path";
import { postTrainingPageOf } from "./post-training-page.ts";
import { expect, it } from "vitest";
import { describePages } from "./opened-pages.ts";

interface Axe {
  run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

describePages("the page of a comparison of trained policies", (pages) => {
  it("shows the contrasts with their intervals and says that a smoke comparison decides nothing", async () => {
    const page = await pages().open(await postTrainingPageOf(pages().folder, "smoke"));
    const rows = await page.locator("#effects tbody tr").allInnerTexts();
    expect(rows[0]).toMatch(/tea − grpo.*best-of-N reward A.*chosen rate.*0\.300.*0\.100 to 0\.500.*descriptive/s);
    expect(rows.some((row) => /tea − grpo.*matched KL \(1\.50\)/s.test(row))).toBe(true);
    expect(await page.locator("#effects").innerText()).toContain("too small for a verdict");
    await page.context().close();
  });

  it("says beside every table of rows whose layout prefix-tea has", async () => {
    const page = await pages().open(await postTrainingPageOf(pages().folder, "labels"));
    for (const id of ["effects", "policies", "pay-off", "tuning", "ledger"])
      expect(await page.locator(`#${id}`).innerText()).toContain("layout of prefix-tea is our reconstruction");
    await page.context().close();
  });

  it("calls a planted reward model planted in its first lines, and by every table and figure", async () => {
    const page = await pages().open(await postTrainingPageOf(pages().folder, "planted", "arith-blind"));
    const parts = [
      "effects",
      "policies",
      "deployment",
      "divergence",
      "training",
      "pay-off",
      "tail",
      "tuning",
      "ledger",
    ];
    for (const part of ["header", ...parts.map((id) => `#${id}`)])
      expect((await page.locator(part).innerText()).toLowerCase()).toContain("planted flaw");
    await page.context().close();
  });

  it("draws every row in every figure, the base policy beside those deployed", async () => {
    const page = await pages().open(await postTrainingPageOf(pages().folder, "figures"));
    const lines = (id: string) =>
      page
        .locator(`#${id} .panel:first-child [data-series]`)
        .evaluateAll((marks) => [...new Set(marks.map((mark) => mark.getAttribute("data-series")))].toSorted());
    expect(await lines("deployment")).toEqual(["base", "grpo", "prefix-tea", "tea"]);
    expect(await lines("divergence")).toEqual(["grpo", "prefix-tea", "tea"]);
    expect(await lines("training")).toEqual(["grpo", "prefix-tea", "tea"]);
    expect(await lines("tail")).toEqual(["base", "grpo", "prefix-tea", "tea"]);
    await page.context().close();
  });

  it("says after how many queries training pays, or that it does not", async () => {
    const page = await pages().open(await postTrainingPageOf(pages().folder, "pays"));
    const rows = await page.locator("#pay-off tbody tr").allInnerTexts();
    expect(rows[0]).toMatch(/tea.*reward A.*180.*900.*700 to never.*10 %/s);
    expect(rows.find((row) => row.startsWith("grpo"))).toMatch(/not reached.*100 %/s);
    await page.context().close();
  });

  it("can be read without seeing it, and fits a phone", async () => {
    const path = await postTrainingPageOf(pages().folder, "access");
    for (const viewport of [
      { width: 1280, height: 900 },
      { width: 390, height: 800 },
    ]) {
      const page = await pages().open(path, { viewport, bypassCSP: true });
      await page.addScriptTag({ path: join(import.meta.dirname, "../../../node_modules/axe-core/axe.min.js") });
      const { violations } = await page.evaluate(() => (window as unknown as { axe: Axe }).axe.run({}));
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      await page.context().close();
    }
  });
});
