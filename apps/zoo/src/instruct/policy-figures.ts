import { CONSTRAINT_KINDS } from "@touchstone/tasks";
import { figure, type Figure } from "../figures.ts";
import type { CheckedResponse } from "./draw.ts";
import { MAX_CONSTRAINTS } from "./grammar.ts";
import type { ConstrainedProblem } from "./problems.ts";

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export const meanGold = (responses: readonly CheckedResponse[]): number => mean(responses.map(({ gold }) => gold));

/** 1 where a response keeps every constraint: there is nothing better to be found. */
export function saturated(responses: readonly CheckedResponse[]): number {
  return responses.some(({ gold }) => gold === 1) ? 1 : 0;
}

/** The policy's figures on one split; names begin with `prefix`. */
export function policyFigures(
  problems: readonly ConstrainedProblem[],
  drawn: readonly (readonly CheckedResponse[])[],
  split: string,
  prefix = "",
): Figure[] {
  const samples = drawn[0]?.length ?? 0;
  const clusters = problems.map(({ cluster }) => cluster);
  const over = (name: string, text: string, value: (responses: readonly CheckedResponse[]) => number): Figure =>
    figure(`${prefix}${name}`, `${text}, ${split} split`, drawn.map(value), clusters, samples);
  return [
    over("gold", "Share of the constraints that a single sample at temperature 1 meets", meanGold),
    over("all-met", "Chance that a single sample meets all of them", (responses) =>
      mean(responses.map(({ gold }) => Number(gold === 1))),
    ),
    over(`oracle-${samples}`, `Best gold among ${samples} samples`, (responses) =>
      Math.max(...responses.map(({ gold }) => gold)),
    ),
    over(
      "distinct",
      `Different responses among ${samples} samples`,
      (responses) => new Set(responses.map(({ text }) => text)).size,
    ),
    over("truncated", "Share of samples cut at the length cap", (responses) =>
      mean(responses.map(({ truncated }) => Number(truncated))),
    ),
  ];
}

/** Single-sample figures by the number of constraints and by kind. */
export function breakdown(
  problems: readonly ConstrainedProblem[],
  drawn: readonly (readonly CheckedResponse[])[],
): Figure[] {
  const samples = drawn[0]?.length ?? 0;
  const byCount = Array.from({ length: MAX_CONSTRAINTS }, (_, index) => {
    const chosen = problems.flatMap(({ constraints }, at) => (constraints.length === index + 1 ? [at] : []));
    return figure(
      `gold-of-${index + 1}`,
      `Gold of a single sample, test problems with ${index + 1} constraint${index > 0 ? "s" : ""}`,
      chosen.map((at) => meanGold(drawn[at] ?? [])),
      chosen.map((at) => problems[at]?.cluster ?? ""),
      samples,
    );
  });
  const byKind = CONSTRAINT_KINDS.map((kind) => {
    const chosen = problems.flatMap(({ constraints }, at) => {
      const index = constraints.findIndex((one) => one.kind === kind);
      return index < 0 ? [] : [{ at, index }];
    });
    return figure(
      `met-${kind}`,
      `Chance that a single sample meets a constraint of the kind \`${kind}\`, test split`,
      chosen.map(({ at, index }) => mean((drawn[at] ?? []).map(({ kept }) => Number(kept[index])))),
      chosen.map(({ at }) => problems[at]?.cluster ?? ""),
      samples,
    );
  });
  return [...byCount, ...byKind];
}
