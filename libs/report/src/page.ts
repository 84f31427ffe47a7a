import type { RunResults } from "@touchstone/core";
import { answerInWords } from "./answer.ts";
import type { Answer } from "./answer.ts";
import { pageLook } from "./page-look.ts";
import type { PageLook } from "./page-look.ts";
import { pageWith } from "./page-data.ts";
import { tracesOf } from "./traces.ts";
import type { Trace } from "./traces.ts";

/** What a page carries: the run without its per-problem rows, of its ledger what is not in results.csv, its curves thinned, and its answer in words. */
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
  const { questions: _questions, curves, ledger, samples: looks, ...carried } = run;
  const samples = looks.map(pageLook);
  const drawn = curves ? { traces: tracesOf(curves) } : {};
  const spent = ledger
    ? { ledger: ledger.filter(({ purpose, extra_forward_tokens: extra }) => purpose !== "decide" || extra !== 0) }
    : {};
  const data: PageData = { ...carried, ...drawn, ...spent, samples, answers: answerInWords(run) };
  return pageWith(template, data);
}
