import { accuracy, figure, outvoted, solved, type Figure } from "../figures.ts";
import { isMalformed, isShortCut, type DrawnResponse, type GradedProblem } from "./draw.ts";
import { stepsOf } from "./problems.ts";
import { MAX_STEPS } from "./grammar.ts";

const share = (responses: readonly DrawnResponse[], holds: (text: string) => boolean): number =>
  responses.filter(({ text }) => holds(text)).length / responses.length;

/** The policy's figures on the test split. */
export function testFigures(
  problems: readonly GradedProblem[],
  drawn: readonly (readonly DrawnResponse[])[],
): Figure[] {
  const samples = drawn[0]?.length ?? 0;
  const clusters = problems.map(({ cluster }) => cluster);
  const mean = (name: string, text: string, value: (responses: readonly DrawnResponse[]) => number): Figure =>
    figure(name, text, drawn.map(value), clusters, samples);
  const bySteps = Array.from({ length: MAX_STEPS }, (_, index) => {
    const chosen = problems.flatMap((problem, at) => (stepsOf(problem) === index + 1 ? [at] : []));
    return figure(
      `accuracy-steps-${index + 1}`,
      `Chance that a single sample is right, test problems of ${index + 1} step${index > 0 ? "s" : ""}`,
      chosen.map((at) => accuracy(drawn[at] ?? [])),
      chosen.map((at) => clusters[at] ?? ""),
      samples,
    );
  });
  return [
    mean("accuracy", "Chance that a single sample at temperature 1 is right, test split", accuracy),
    ...bySteps,
    mean(`pass-at-${samples}`, `Share of test problems with at least one right sample of ${samples}`, solved),
    mean(
      "outvoted",
      `Share of test problems where a wrong answer outvotes the right one among ${samples} samples`,
      outvoted,
    ),
    mean("short-cut", "Share of samples in the short-cut form, test split", (responses) =>
      share(responses, isShortCut),
    ),
    mean("malformed", "Share of samples that are no worked solution and no short-cut, test split", (responses) =>
      share(responses, isMalformed),
    ),
  ];
}

/** The policy's figures on templates that training never saw. */
export function shiftFigures(
  problems: readonly GradedProblem[],
  drawn: readonly (readonly DrawnResponse[])[],
): Figure[] {
  const samples = drawn[0]?.length ?? 0;
  const clusters = problems.map(({ cluster }) => cluster);
  return [
    figure(
      "shift-accuracy",
      "Chance that a single sample is right on templates that training never saw (2 to 4 steps)",
      drawn.map(accuracy),
      clusters,
      samples,
    ),
    figure(
      `shift-pass-at-${samples}`,
      `Share of shift problems with at least one right sample of ${samples}`,
      drawn.map(solved),
      clusters,
      samples,
    ),
  ];
}
