import { expect, test } from "vitest";
import {
  laserFinals,
  laserRunName,
  laserTrials,
  readLaserExperiment,
  type LaserExperimentInput,
} from "../../src/laser/experiment.ts";

const given: LaserExperimentInput = {
  kind: "laser",
  name: "toy",
  dataset: "instruct",
  policy: "instruct",
  rewardModels: ["a", "b"],
  seeds: [1, 2],
  noise: { rules: ["laser", "sequential"] },
};

test("every rule is trained for every seed, some once more under noise, and no two runs share a folder", () => {
  const experiment = readLaserExperiment(given);
  const runs = laserFinals(experiment, 0.001);
  expect(runs).toHaveLength(2 * (8 + 2));
  expect(runs.filter(({ noise }) => noise === 0.3).map(({ rule, seed }) => `${rule} ${seed}`)).toEqual([
    "laser 1",
    "sequential 1",
    "laser 2",
    "sequential 2",
  ]);
  const all = [...laserTrials(experiment), ...runs].map((run) => laserRunName(run));
  expect(new Set(all).size).toBe(all.length);
  expect(laserTrials(experiment)).toHaveLength(3);
});

test("one learning rate leaves nothing to choose", () => {
  expect(laserTrials(readLaserExperiment({ ...given, training: { rates: [0.001] } }))).toEqual([]);
});

test.each([
  [
    { evaluation: { split: "validation" } },
    /would be evaluated on problems that training or the choice of the best saw/,
  ],
  [{ rules: ["laser", "laser"] }, /`rules` names something twice/],
  [{ rules: ["laser"], noise: { rules: ["random"] } }, /A rule is trained under noise only.*random/],
  [{ seeds: [1_000_000] }, /A reported run has the seed of the trials/],
  [{ rules: ["lasre"] }, /`rules\.0`/],
  [{ trainig: {} }, /trainig/],
] as const)("%j is refused and the message says why", (changes, message) => {
  expect(() => readLaserExperiment({ ...given, ...changes })).toThrow(message);
});
