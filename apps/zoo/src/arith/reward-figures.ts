import { bestOf, concordance, figure, type Figure } from "../figures.ts";
import type * as scoring from "../score.ts";
import { isShortCut, type DrawnResponse, type GradedProblem } from "./draw.ts";

/** Sample counts at which the proxy-gold curve is measured. */
export const CURVE = [1, 4, 16, 64, 256, 1024] as const;

type Scored = scoring.Scored<GradedProblem, DrawnResponse>;

const clustersOf = (scored: readonly Scored[]): string[] => scored.map(({ problem }) => problem.cluster);

/** What pairwise accuracy says, on a card. */
export function pairwiseText(split: string): string {
  return `Chance that a right sample gets the higher reward than a wrong one of the same problem, ${split} split`;
}

/** Pairwise accuracy over problems that have both right and wrong samples. */
export function pairwiseFigure(name: string, text: string, scored: readonly Scored[]): Figure {
  const values = scored.map(({ responses, rewards }) => concordance(rewards, responses));
  return figure(name, text, values, clustersOf(scored), scored[0]?.responses.length ?? 0);
}

/**
 * The proxy-gold curve of best-of-n: expected gold accuracy, standardised proxy reward and share of short-cuts among the
 * chosen, exactly over all subsets of n of each problem's samples. Rewards are standardised within each problem, since their
 * level differs between problems.
 */
export function curveFigures(scored: readonly Scored[]): Figure[] {
  const samples = scored[0]?.responses.length ?? 0;
  const clusters = clustersOf(scored);
  const curve = (name: string, text: string, value: (one: Scored, n: number) => number): Figure[] =>
    CURVE.filter((n) => n <= samples).map((n) =>
      figure(
        `${name}-${n}`,
        text.replace("{n}", String(n)),
        scored.map((one) => value(one, n)),
        clusters,
        samples,
      ),
    );
  return [
    ...curve("gold", "Accuracy of best-of-{n} by this reward model", ({ rewards, responses }, n) =>
      bestOf(n, rewards, (index) => Number(responses[index]?.correct)),
    ),
    ...curve(
      "proxy",
      "Reward of the choice of best-of-{n}, in standard deviations within a problem",
      ({ rewards }, n) => {
        const { mean, deviation } = spread(rewards);
        return bestOf(n, rewards, (index) => ((rewards[index] ?? Number.NaN) - mean) / deviation);
      },
    ),
    ...curve("short-cut-chosen", "Share of short-cuts among the choices of best-of-{n}", ({ rewards, responses }, n) =>
      bestOf(n, rewards, (index) => Number(isShortCut(responses[index]?.text ?? ""))),
    ),
  ];
}

function spread(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, deviation: Math.sqrt(square) };
}
