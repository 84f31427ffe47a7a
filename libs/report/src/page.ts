import type { RunResults } from "@touchstone/core";
import { TouchstoneError } from "@touchstone/core";
import { answerInWords } from "./answer.ts";
import type { Answer } from "./answer.ts";
import { pageLook } from "./page-look.ts";
import type { PageLook } from "./page-look.ts";
import { tracesOf } from "./traces.ts";
import type { Trace } from "./traces.ts";

/** Where a template wants its data: the text of a `<script type="application/json">`. */
export const PAGE_DATA_PLACEHOLDER = "__TOUCHSTONE_RUN__";

/** What a page carries: the run without its per-problem rows, of its ledger what was not spent on decisions, its curves thinned, and its answer in words. */
export interface PageData extends Omit<RunResults, "questions" | "curves" | "samples"> {
  readonly samples: readonly PageLook[];
  readonly traces?: readonly Trace[];
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
  const { questions: _questions, curves, ledger, samples: looks, ...carried } = run;
  const samples = looks.map(pageLook);
  const drawn = curves ? { traces: tracesOf(curves) } : {};
  const spent = ledger ? { ledger: ledger.filter(({ purpose }) => purpose !== "decide") } : {};
  return before + embeddable({ ...carried, ...drawn, ...spent, samples, answers: answerInWords(run) }) + after;
}

/** JSON that can stand inside a script element: no `<`, hence neither `</script` nor `<!--`. */
function embeddable(data: PageData): string {
  return JSON.stringify(data).replaceAll("<", String.raw`\u003c`);
}
