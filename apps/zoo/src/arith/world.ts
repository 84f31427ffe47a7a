import { stream, type Stream } from "@touchstone/core";
import { HeldOut, type HeldOutSplit } from "../held-out.ts";
import { drawProblem, drawTemplate, instantiate, type ArithProblem, type Template } from "./grammar.ts";

/** Everything drawn for this world is keyed by this seed. Committed before anything was measured. */
export const WORLD_SEED = 20261120;

/** Purposes of the streams that problems are drawn from. Keys with different purposes share no randomness. */
export type Purpose = "templates" | "problems" | "demonstrations" | "rewards" | "train-slice";

export function worldStream(
  purpose: Purpose | "problem-order" | "buckets" | "reward-order",
  ...key: readonly (string | number)[]
): Stream {
  return stream(WORLD_SEED, "arith", purpose, ...key);
}

/** One template in five with at least two steps is kept from training; which one depends on its id alone. */
export function isShift(template: Template): boolean {
  return template.steps >= 2 && worldStream("templates", "shift", template.id).integer(5) === 0;
}

const heldOut = new HeldOut<Template, ArithProblem>({
  stream: worldStream,
  // Of 1, 2, 3 and 4 steps, in ninths: see `drawTemplate`. A template of one step is never kept from training.
  shares: (split) => (split === "shift" ? [0, 3, 3, 3] : [3, 2, 2, 2]),
  drawTemplate,
  instantiate,
  isShift,
});

/** The problems of a split outside training: no prompt twice, in no two of them. */
export function heldOutProblems(split: HeldOutSplit): readonly ArithProblem[] {
  return heldOut.problems(split);
}

/** A training problem from a stream of the caller's: neither of a shifted template nor in a held-out split. */
export function trainingProblem(random: Stream): ArithProblem {
  for (;;) {
    const problem = drawProblem(random, (template) => !isShift(template));
    if (!heldOut.has(problem)) return problem;
  }
}

/** The first `count` training problems of a purpose; problem `i` depends on `i` alone. */
export function trainingProblems(purpose: "rewards" | "train-slice", count: number): ArithProblem[] {
  return Array.from({ length: count }, (_, index) => trainingProblem(worldStream(purpose, index)));
}
