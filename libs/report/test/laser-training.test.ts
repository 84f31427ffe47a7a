import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tQuantile } from "@touchstone/stats";
import { expect, it } from "vitest";
import {
  experimentIn,
  PAGE_DATA_PLACEHOLDER,
  readLaserTraining,
  renderLaserTrainingPage,
  writeLaserTraining,
  type LaserTrainingPageData,
} from "../src/index.ts";
import { simulatedLaserTraining } from "./simulated-laser-training.ts";

function pageOf(results: ReturnType<typeof simulatedLaserTraining>): LaserTrainingPageData {
  const page = renderLaserTrainingPage(`<a>${PAGE_DATA_PLACEHOLDER}</a>`, results);
  return JSON.parse(page.slice("<a>".length, -"</a>".length)) as LaserTrainingPageData;
}

it("reads back the experiment that was written", async () => {
  const folder = await mkdtemp(join(tmpdir(), "touchstone-laser-"));
  try {
    const { manifest, ...tables } = simulatedLaserTraining();
    expect(experimentIn(folder)).toBeUndefined();
    await writeLaserTraining(folder, manifest, tables);
    expect(experimentIn(folder)).toBe("laser");
    expect(await readLaserTraining(folder)).toEqual({ manifest, ...tables });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it("compares rules seed by seed at the end of training, with an interval of Student's t over seeds", () => {
  const { differences } = pageOf(simulatedLaserTraining());
  const of = (left: string, right: string, metric: string) =>
    differences.find((one) => one.left === left && one.right === right && one.metric === metric)!;
  // Seeds' shifts cancel; what is left varies as −.01, .01, 0, −.02, .02 do: variance .00025.
  const half = tQuantile(0.975, 4) * Math.sqrt(0.00025 / 5);
  const behind = of("laser", "best", "gold");
  expect(behind.seeds).toBe(5);
  expect(behind.estimate).toBeCloseTo(-0.1, 12);
  expect(behind.low).toBeCloseTo(-0.1 - half, 12);
  expect(behind.high).toBeCloseTo(-0.1 + half, 12);
  expect(of("laser, noise 0.3", "laser", "gold").estimate).toBeCloseTo(-0.1, 12);
  expect(of("best", "as it was", "gold").estimate).toBeCloseTo(0.3, 12);
  // Best-of-n is known at the end alone: there is nothing to compare the beginning with.
  expect(differences.filter(({ right, metric }) => right === "as it was" && metric === "best_of_32")).toEqual([]);
});

it("says what share of an iteration's batches each reward model scored, and nothing of rules that ask all", () => {
  const { steps } = pageOf(simulatedLaserTraining());
  expect(Object.fromEntries(steps.map(({ row, asked }) => [row, asked]))).toEqual({
    laser: { careful: [0.5, 0.5, 0.5, 0.5], hasty: [0.5, 0.5, 0.5, 0.5] },
    best: { careful: [1, 1, 1, 1] },
    random: { hasty: [1, 1, 1, 1] },
    "score-ensemble": {},
    "laser, noise 0.3": { long: [1, 1, 1, 1] },
  });
});

it("has no interval of a single seed, and says which learning rate was chosen", () => {
  const { differences, trials } = pageOf(simulatedLaserTraining({ seeds: 1 }));
  expect(differences.every(({ low, high }) => low === null && high === null)).toBe(true);
  expect(trials.map(({ rate, chosen }) => [rate, chosen])).toEqual([
    [0.0001, false],
    [0.0003, true],
  ]);
});
