import type { Judge } from "./judge.ts";

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export type Split = "train" | "validation" | "test" | "shift";

/** All that a method ever sees of a problem: no reference, no grade. */
export interface ProblemView {
  /** Unique within its dataset and stable across versions. */
  readonly id: string;
  readonly messages: readonly ChatMessage[];
  /** Problems that share a source (a template, a passage) share a cluster; standard errors are clustered by it. */
  readonly cluster: string;
  readonly split: Split;
}

export interface Problem extends ProblemView {
  /** The gold answer. Reaches the grader only. */
  readonly reference: string;
}

/** A response read as an answer. Answers with equal keys are one answer class. */
export type Answer = { readonly kind: "answer"; readonly key: string } | { readonly kind: "unparsable" };

/** Response → answer key, or unparsable. Never sees a reference. */
export interface Extractor {
  readonly name: string;
  extract(response: string): Answer;
}

/** The gold metric: (problem, response, answer) → score in [0, 1], or NaN where there is no gold. An unparsable answer is graded like any other. */
export interface Grader {
  readonly name: string;
  /**
   * `none`: nothing here says what is right, and every grade is NaN. `scored`: answers are given and scored, so that no response can
   * be graded. `judge`: no gold, but a judge's preference of the response over the problem's reference, another response; NaN where it failed.
   * Left out: every grade is a number.
   */
  readonly gold?: "none" | "scored" | "judge";
  /** Of a grader whose gold is `judge`: who is asked, while the pool is filled. Its `grade` is never called. */
  readonly judge?: Judge;
  grade(problem: Problem, response: string, answer: Answer): number;
}

/** A named, versioned list of problems with its extractor and grader. */
export interface Dataset {
  readonly name: string;
  /** Changes whenever a problem, the extractor or the grader changes (sha256 of files and names). */
  readonly version: string;
  readonly description: string;
  readonly licence: string;
  readonly splits: readonly Split[];
  readonly extractor: Extractor;
  readonly grader: Grader;
  /** Ends a step of a response, where step-level methods cut: a line break, unless the manifest says otherwise. */
  readonly stepDelimiter: string;
  /** Problems of a split in their published order. */
  problems(split: Split): readonly Problem[];
}

/** The problem without its reference; also at run time, so that a method cannot peek. */
export function viewOf(problem: Problem): ProblemView {
  const { id, messages, cluster, split } = problem;
  return Object.freeze({ id, messages, cluster, split });
}
