import type { CurveRow } from "@touchstone/core";

/** A curve of curves.csv as a page carries it: what it is about once, and evenly spread steps of it. */
export interface Trace extends Omit<CurveRow, "step" | "value"> {
  /** Labelled problems so far, ascending; the first and the last of the curve among them. */
  readonly steps: readonly number[];
  readonly values: readonly (number | null)[];
}

/** Steps of a curve that a page carries: more than can be told apart in a figure. */
const STEPS = 120;

/** Every k-th step of each curve and its last, k the smallest that leaves no more than 120 and the last. */
export function tracesOf(curves: readonly CurveRow[]): Trace[] {
  const aboutOf = ({ step: _step, value: _value, ...about }: CurveRow) => about;
  return [...Map.groupBy(curves, (row) => JSON.stringify(aboutOf(row))).values()].map((rows) => {
    const all = rows.toSorted((a, b) => a.step - b.step);
    const every = Math.ceil(all.length / STEPS);
    const kept = all.filter((_, i) => i % every === 0 || i === all.length - 1);
    return { ...aboutOf(all[0]!), steps: kept.map(({ step }) => step), values: kept.map(({ value }) => value) };
  });
}
