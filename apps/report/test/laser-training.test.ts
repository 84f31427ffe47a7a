import { join } from "node:path";
import { renderLaserTrainingPage, writeExperimentPage } from "@touchstone/report";
import { simulatedLaserTraining } from "@touchstone/report/simulated-laser-training";
import { expect, it } from "vitest";
import { pageTemplate } from "../src/index.ts";
import { describePages } from "./opened-pages.ts";
import { axeViolations } from "./axe.ts";

async function pageOf(folder: string, name: string, options: Parameters<typeof simulatedLaserTraining>[0] = {}) {
  const html = renderLaserTrainingPage(await pageTemplate("laser-training"), simulatedLaserTraining(options));
  return writeExperimentPage(join(folder, name), html);
}

describePages("the page of an experiment that trains by reward models", (pages) => {
  it("says what came out of rules at equal iterations, and draws every rule against the bandit", async () => {
    const page = await pages().open(await pageOf(pages().folder, "effects"));
    const effects = page.locator("#effects");
    const says = await effects.innerText();
    expect(says).toContain("laser changes the gold of a single response by 0.200");
    expect(says).toContain("laser is ahead of score-ensemble, behind best, and cannot be told from random.");
    const described = () => effects.locator(".plot svg").first().getAttribute("aria-label");
    expect(await described()).toMatch(/difference to laser in gold, of best, random, score-ensemble$/);
    await page.getByLabel("Every rule against").selectOption("the policy as it was");
    await expect
      .poll(described)
      .toMatch(/to the policy as it was in gold, of laser, best, random, score-ensemble, laser, noise/);
    await page.context().close();
  });

  it("says of a small experiment that it decides nothing", async () => {
    const page = await pages().open(await pageOf(pages().folder, "smoke", { seeds: 1, smoke: true }));
    expect(await page.locator("#effects").innerText()).toContain("too small for a verdict");
    expect(await page.locator("#effects").innerText()).not.toContain("is ahead of");
    await page.context().close();
  });

  it("draws gold, earnings and losses along training, and which reward model was asked", async () => {
    const page = await pages().open(await pageOf(pages().folder, "progress"));
    const series = (title: string) =>
      page
        .locator("#progress .panel", { hasText: title })
        .locator("[data-series]")
        .evaluateAll((marks) => [...new Set(marks.map((mark) => mark.getAttribute("data-series")))].toSorted());
    const rules = ["best", "laser", "laser, noise 0.3", "random", "score-ensemble"];
    expect(await series("Gold of a single response")).toEqual(rules);
    expect(await series("Loss")).toEqual(rules);
    expect(await series("Earned")).toEqual(["laser", "laser, noise 0.3"]);
    const asked = await page
      .locator("#choices .plot svg")
      .evaluateAll((plots) => plots.map((plot) => plot.getAttribute("aria-label")));
    expect(asked).toEqual([
      "Reward models asked by laser: careful 50 %, hasty 50 %",
      "Reward models asked by best: careful 100 %",
      "Reward models asked by random: hasty 100 %",
      "Reward models asked by laser, noise 0.3: long 100 %",
    ]);
    // The bars of an iteration fill the plot, whatever the unit of its axis.
    const [plot, bars] = await page
      .locator("#choices .plot")
      .first()
      .evaluate((place) => [place.getBoundingClientRect(), place.querySelector(".asked")!.getBoundingClientRect()]);
    expect(bars!.height).toBeLessThan(plot!.height);
    await page.context().close();
  });

  it("calls planted reward models planted in its first lines, and by every table and figure", async () => {
    const page = await pages().open(await pageOf(pages().folder, "planted"));
    const parts = ["effects", "progress", "choices", "ends", "differences", "validation", "ledger"];
    for (const part of ["header", ...parts.map((id) => `#${id}`)])
      expect((await page.locator(part).innerText()).toLowerCase()).toContain("planted flaw");
    await page.context().close();
  });

  it("can be read without seeing it, and fits a phone", async () => {
    const path = await pageOf(pages().folder, "access");
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
