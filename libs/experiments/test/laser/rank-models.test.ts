import { expect, test } from "vitest";
import { rankModels } from "../../src/laser/rank-models.ts";

test("reward models are ranked by the grade of what they select, ties sharing alike and failures left out", () => {
  const grades = [Float64Array.of(0, 1, 0.5), Float64Array.of(1, 0, 0)];
  const ranked = rankModels({
    rewardModels: ["poor", "good", "half"],
    grades,
    scores: [
      [Float64Array.of(5, 1, 1), Float64Array.of(0, 1, 0)],
      [Float64Array.of(0, 2, 1), Float64Array.of(9, 9, 0)],
      [Float64Array.of(Number.NaN, 3, 1), Float64Array.of(Number.NaN, Number.NaN, Number.NaN)],
    ],
  });
  // half: 1 on the only prompt it scored; good: (1 + 1/2)/2; poor: 0.
  expect(ranked.map(({ name, gold }) => [name, gold])).toEqual([
    ["half", 1],
    ["good", 0.75],
    ["poor", 0],
  ]);
});

test("the unit of noise is the median over prompts of a reward model's own spread", () => {
  const spread = (size: number) => Float64Array.of(-size, 0, size);
  const [only] = rankModels({
    rewardModels: ["one"],
    grades: [1, 2, 3].map(() => new Float64Array(3)),
    scores: [[spread(1), spread(10), spread(2)]],
  });
  // The standard deviation of −s, 0, s over n − 1 is s.
  expect(only!.deviation).toBeCloseTo(2, 12);
});
