import { laserFinals, readLaserExperiment } from "@touchstone/experiments/laser";
import { expect, test } from "vitest";
import dpo from "../dpo.ts";
import quick from "../laser-quick.ts";
import whole from "../laser.ts";

test("the built-in experiments are valid, and only the quick one says that it decides nothing", () => {
  expect([whole, quick, dpo].map((one) => readLaserExperiment(one).smoke)).toEqual([false, true, false]);
});

test("what claims compare is trained with five seeds, and under noise too where they ask for it", () => {
  const runs = laserFinals(readLaserExperiment(whole), 0.001);
  const seedsOf = (rule: string, noise: number) =>
    runs.filter((run) => run.rule === rule && run.noise === noise).length;
  expect(["laser", "sequential"].flatMap((rule) => [seedsOf(rule, 0), seedsOf(rule, 0.3)])).toEqual([5, 5, 5, 5]);
  expect(seedsOf("score-ensemble", 0)).toBe(5);
  expect(laserFinals(readLaserExperiment(dpo), 0.001)).toHaveLength(5);
});

test("claims read the last iteration", () => {
  expect(readLaserExperiment(whole).training.iterations).toBe(10);
});
