import { describe, expect, it } from "vitest";
import { saturated } from "../src/instruct/policy-figures.ts";
import {
  concordanceFigures,
  curveFigures,
  heterogeneityFigure,
  shapeFigures,
  type Scored,
} from "../src/instruct/reward-figures.ts";
import { tailPlot } from "../src/instruct/tail-plot.ts";
import { disagreementFigures } from "../src/instruct/world-figures.ts";

/** A problem with `use` and `most`; a response is whether each is kept. */
function scored(id: string, kept: readonly (readonly [boolean, boolean])[], rewards: readonly number[]): Scored {
  return {
    problem: {
      id,
      messages: [],
      cluster: id,
      split: "test",
      reference: "",
      constraints: [
        { kind: "use", word: "moss" },
        { kind: "most", count: 4 },
      ],
    },
    responses: kept.map((both) => ({
      text: "- moss rain\n",
      logProbability: -1,
      truncated: false,
      kept: both,
      gold: both.filter(Boolean).length / 2,
    })),
    rewards,
  };
}
const estimate = (figures: readonly { name: string; estimate: number }[], name: string): number | undefined =>
  figures.find((figure) => figure.name === name)?.estimate;

const KEPT = [[true, true], [true, false], [false, true], [false, false]] as const; // prettier-ignore

describe("figures of reward models", () => {
  it("tell for each kind how often the response that keeps it has the higher reward", () => {
    // Rewards follow `use`, and go against `most`.
    const figures = concordanceFigures([scored("a", KEPT, [3, 4, 1, 2]), scored("b", KEPT, [3, 4, 1, 2])], "test");
    expect(estimate(figures, "pairwise-use")).toBe(1);
    // Of the four pairs, the breaking one is higher in (1,2), (3,4) and (3,2); (1,4) the other way.
    expect(estimate(figures, "pairwise-most")).toBe(0.25);
    // Pairs of different gold: 1 over {2,3,4} and {2,3} over 4; wrong are (1,2) and (3,4).
    expect(estimate(figures, "pairwise")).toBe(0.6);
    expect(figures.find(({ name }) => name === "pairwise-lines")?.problems).toBe(0);
  });

  it("measure heterogeneity as the spread of log deviations: deviations of 1 and e² are logs of 0 and 2, 1 from their mean", () => {
    const wide = Math.exp(2);
    const problems = [1, wide].map((scale, at) => scored(`p${at}`, [KEPT[0], KEPT[1]], [0, Math.SQRT2 * scale]));
    expect(heterogeneityFigure(problems, "test").estimate).toBeCloseTo(1, 5);
  });

  it("find a symmetric law without skewness, and choose in expectation over subsets", () => {
    const one = scored("a", KEPT, [3, 2, 1, 0]);
    expect(estimate(shapeFigures([one, { ...one }]), "skewness")).toBeCloseTo(0, 12);
    const curve = curveFigures([one, { ...one }]);
    // Of the four responses, one of gold 1, two of ½, one of 0.
    expect(estimate(curve, "gold-1")).toBe(0.5);
    expect(estimate(curve, "gold-4")).toBe(1);
    expect(estimate(curve, "all-met-1")).toBe(0.25);
  });

  it("find the pair that agrees least, and who is best at what", () => {
    const one = (name: string, rewards: readonly number[]) => {
      const list = [scored("a", KEPT, rewards), scored("b", KEPT, rewards)];
      return { name, scored: list, figures: concordanceFigures(list, "test") };
    };
    const figures = disagreementFigures([one("users", [4, 3, 2, 1]), one("short", [3, 1, 4, 2])]);
    // Ranks (4,3,2,1) and (3,1,4,2): Σd² = 1+4+4+1 = 10, so 1 − 6·10/(4·15) = 0.
    expect(estimate(figures, "least-correlation")).toBeCloseTo(0, 12);
    expect(estimate(figures, "best-models")).toBe(2);
    expect(figures[1]?.text).toContain("most");
  });

  it("call a problem saturated when some response meets everything", () => {
    expect(saturated(scored("a", KEPT, []).responses)).toBe(1);
    expect(saturated(scored("a", KEPT.slice(1), []).responses)).toBe(0);
  });
});

it("draws a normal law on the diagonal", () => {
  // The 97.725 % quantile of the normal law is 2.
  const figures = [
    { name: "quantile-0.97725", text: "", estimate: 2, low: null, high: null, problems: 1, clusters: 1, samples: 1 },
  ];
  const [, x, y] = /points="([\d.]+),([\d.]+)"/.exec(tailPlot([{ name: "m", figures }])) ?? [];
  const [, left, bottom] = /M([\d.]+) ([\d.]+)L/.exec(tailPlot([])) ?? [];
  expect(Number(x) - Number(left)).toBeCloseTo(Number(bottom) - Number(y), 0);
});
