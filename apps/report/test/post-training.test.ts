import { expect, it } from "vitest";
import { axeViolations } from "./axe.ts";
import { describePages } from "./opened-pages.ts";
import { postTrainingPageOf } from "./post-training-page.ts";

describePages("the page of a comparison of trained policies", (pages) => {
  it("begins with every row against another as intervals, says what came out, and that a smoke comparison decides nothing", async () => {
    const page = await pages().open(await postTrainingPageOf(pages().folder, "smoke"));
    expect(await page.locator("main section").first().getAttribute("id")).toBe("effects");
    const effects = page.locator("#effects");
    expect(await effects.innerText()).toContain("too small for a verdict");
    expect(await effects.innerText()).toMatch(
      /tea is ahead of grpo: 0\.30 \(0\.10 to 0\.50\).*, 0\.30 \(0\.10 to 0\.50\) at matched KL; 20 problems, descriptive/,
    );
    // Gold gains .8 by construction, with an interval of .6 to 1.
    expect(await effects.innerText()).toMatch(
      /By gold of best-of-64, 0 of 3 rows are behind the base policy and 3 ahead/,
    );
    // One row alone is against grpo; every row is against the base policy, at the chosen rate.
    const plot = effects.locator(".plot").first();
    const described = () => plot.locator("svg").first().getAttribute("aria-label");
    await expect.poll(described).toMatch(/difference to the base policy .* of tea, grpo, prefix-tea/);
    await expect.poll(() => plot.locator("[data-series=first] path").count()).toBe(3);
    await page.context().close();
  });

  it("has the differences in numbers below its figures", async () => {
    const page = await pages().open(await postTrainingPageOf(pages().folder, "numbers"));
    const rows = await page.locator("#contrasts tbody tr").allInnerTexts();
    expect(rows[0]).toMatch(/tea − grpo.*best-of-N reward A.*chosen rate.*0\.300.*0\.100 to 0\.500.*descriptive/s);
    expect(rows.some((row) => /tea − grpo.*matched KL \(1\.50\)/s.test(row))).toBe(true);
    const [figure, table] = await Promise.all(
      ["#pay-off", "#contrasts"].map(async (id) => (await page.locator(id).boundingBox())!.y),
    );
    expect(figure).toBeLessThan(table!);
    await page.context().close();
  });

  it("draws what training gained over the base policy when asked, which is nothing for the base policy", async () => {
    const page = await pages().open(await postTrainingPageOf(pages().folder, "gain"));
    const heights = () =>
      page
        .locator("#deployment .panel:first-child .method-line[data-series=base] path")
        .first()
        .evaluate((line) => (line as SVGGraphicsElement).getBBox().height);
    expect(await heights()).toBeGreaterThan(20);
    await page.getByLabel("minus the base policy").check();
    await expect.poll(heights).toBeLessThan(1);
    await page.context().close();
  });

  it("names lines at their ends, and those alone that are highlighted", async () => {
    const page = await pages().open(await postTrainingPageOf(pages().folder, "names"));
    const names = () => page.locator("#deployment .panel:first-child .end-label").allTextContents();
    await expect.poll(async () => (await names()).toSorted()).toEqual(["base policy", "grpo", "prefix-tea", "tea"]);
    await page.locator("#deployment .legend").getByRole("button", { name: "grpo" }).click();
    await expect.poll(async () => (await names()).toSorted()).toEqual(["base policy", "prefix-tea", "tea"]);
    await page.context().close();
  });

  it("says beside every table of rows whose layout prefix-tea has", async () => {
    const page = await pages().open(await postTrainingPageOf(pages().folder, "labels"));
    for (const id of ["effects", "contrasts", "policies", "pay-off-table", "tuning", "ledger"])
      expect(await page.locator(`#${id}`).innerText()).toContain("layout of prefix-tea is our reconstruction");
    await page.context().close();
  });

  it("calls a planted reward model planted in its first lines, and by every table and figure", async () => {
    const page = await pages().open(await postTrainingPageOf(pages().folder, "planted", true));
    const parts = [
      "effects",
      "contrasts",
      "policies",
      "deployment",
      "divergence",
      "training",
      "pay-off",
      "pay-off-table",
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
    await page.locator("#pay-off-table summary").click();
    const rowsOf = () => page.locator("#pay-off-table tbody tr").allInnerTexts();
    await expect.poll(async () => (await rowsOf())[0]).toContain("tea");
    const rows = await rowsOf();
    expect(rows[0]).toMatch(/tea.*reward A.*180.*900.*700 to never.*10 %/s);
    expect(rows.find((row) => row.startsWith("grpo"))).toMatch(/not reached.*100 %/s);
    const figure = page.locator("#pay-off");
    expect(await figure.innerText()).toContain("Not reached: grpo and prefix-tea.");
    await expect.poll(() => figure.locator(".plot [data-series=tea] path").count()).toBeGreaterThan(0);
    await page.context().close();
  });

  it("can be read without seeing it, and fits a phone", async () => {
    const path = await postTrainingPageOf(pages().folder, "access");
    for (const viewport of [
      { width: 1280, height: 900 },
      { width: 390, height: 800 },
    ]) {
      const page = await pages().open(path, { viewport, bypassCSP: true });
      expect(await axeViolations(page)).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      await page.context().close();
    }
  });
});
