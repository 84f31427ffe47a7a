import type { CurveRow, RunResults } from "@touchstone/core";
import { TouchstoneError } from "@touchstone/core";
import { answerInWords } from "./answer.ts";
import type { Answer } from "./answer.ts";

/** Where a template wants its data: the text of a `<script type="application/json">`. */
export const PAGE_DATA_PLACEHOLDER = "__TOUCHSTONE_RUN__";

/** What a page carries: the run without its per-problem rows, and its answer in words. */
export interface PageData extends Omit<RunResults, "questions"> {
  readonly answers: readonly Answer[];
}

/**
 * The page of a run: the template with the run in it. Per-problem rows stay in questions.csv: with 25 methods they would be
 * nine tenths of the page, and nothing of it is drawn from them.
 */
export function renderPage(template: string, run: RunResults): string {
  const [before, after, ...more] = template.split(PAGE_DATA_PLACEHOLDER);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new TouchstoneError({
      code: "bad-template",
      family: "internal",
      what: `A page's template holds ${PAGE_DATA_PLACEHOLDER} exactly once.`,
      value: `${template.split(PAGE_DATA_PLACEHOLDER).length - 1} times`,
      fix: "Build the template anew (remove node_modules/.cache/touchstone).",
    });
  }
  const { questions: _questions, curves, ...carried } = run;
  const drawn = curves ? { curves: thinned(curves) } : {};
  return before + embeddable({ ...carried, ...drawn, answers: answerInWords(run) }) + after;
}

/** Steps of a curve that a page carries; more than can be told apart in a figure. */
const STEPS = 120;

/** Every k-th step of each curve and its last; all of them are in curves.csv. */
function thinned(curves: readonly CurveRow[]): CurveRow[] {
  const longest = curves.reduce((most, { step }) => Math.max(most, step), 0);
  const every = Math.ceil(longest / STEPS);
  const ofCurve = (row: CurveRow) =>
    [
      row.dataset,
      row.model,
      row.decoding,
      row.method,
      row.parameters,
      row.reward_model,
      row.budget,
      row.name,
      row.seed,
    ].join("\n");
  const lasts = new Map(curves.map((row) => [ofCurve(row), row.step]));
  return curves.filter((row) => (row.step - 1) % every === 0 || row.step === lasts.get(ofCurve(row)));
}

/** JSON that can stand inside a script element: no `<`, hence neither `</script` nor `<!--`. */
function embeddable(data: PageData): string {
  return JSON.stringify(data).replaceAll("<", String.raw`\u003c`);
}
