import type { QuestionRow, RunResults } from "@touchstone/core";
import { TouchstoneError } from "@touchstone/core";
import { answerInWords } from "./answer.ts";
import type { Answer } from "./answer.ts";

/** Where a template wants its data: the text of a `<script type="application/json">`. */
export const PAGE_DATA_PLACEHOLDER = "__TOUCHSTONE_RUN__";

/** What a page carries: the run, with the per-problem rows of the problems it shows, and its answer in words. */
export interface PageData extends RunResults {
  readonly answers: readonly Answer[];
}

/**
 * The page of a run: the template with the run in it. Per-problem rows are kept for the problems in `samples` alone (all
 * of them are in questions.csv), so that a page stays small enough to open.
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
  const shown = new Set(run.samples.map((look) => `${look.dataset}\n${look.problem}`));
  const questions = run.questions.filter((row: QuestionRow) => shown.has(`${row.dataset}\n${row.problem}`));
  return before + embeddable({ ...run, questions, answers: answerInWords(run) }) + after;
}

/** JSON that can stand inside a script element: no `<`, hence neither `</script` nor `<!--`. */
function embeddable(data: PageData): string {
  return JSON.stringify(data).replaceAll("<", String.raw`\u003c`);
}
