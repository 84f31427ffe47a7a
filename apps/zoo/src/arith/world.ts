import { stream, type Stream } from "@touchstone/core";
import { drawProblem, drawTemplate, instantiate, type ArithProblem, type Template } from "./grammar.ts";

/** Everything drawn for this world is keyed by this seed. Committed before anything was measured. */
export const WORLD_SEED = 20261120;

/** Problems a split has, as templates × problems of each. Templates are spread over the steps like the training problems. */
export const SPLIT_SIZES = {
  validation: { templates: 125, each: 4 },
  test: { templates: 324, each: 4 },
  shift: { templates: 120, each: 4 },
} as const;
export type HeldOutSplit = keyof typeof SPLIT_SIZES;

/** Shares of 1, 2, 3 and 4 steps in thirds and ninths: see `drawTemplate`. */
const NINTHS: Readonly<Record<HeldOutSplit, readonly number[]>> = {
  validation: [3, 2, 2, 2],
  test: [3, 2, 2, 2],
  // A template of one step is never kept from training.
  shift: [0, 3, 3, 3],
};

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

/** Distinct templates, the quota of every number of steps filled exactly. */
function templatesOf(split: HeldOutSplit): Template[] {
  const { templates } = SPLIT_SIZES[split];
  const chosen = new Map<string, Template>();
  for (const [index, ninths] of NINTHS[split].entries()) {
    const before = NINTHS[split].slice(0, index).reduce((sum, value) => sum + value, 0);
    // Quotas round so that they add up to the number of templates.
    const quota = Math.round((templates * (before + ninths)) / 9) - Math.round((templates * before) / 9);
    const random = worldStream("templates", split, index + 1);
    for (const target = chosen.size + quota; chosen.size < target;) {
      const template = drawTemplate(random, index + 1);
      if (isShift(template) === (split === "shift") && instantiate(template, random)) chosen.set(template.id, template);
    }
  }
  return [...chosen.values()];
}

let heldOut: ReadonlyMap<HeldOutSplit, readonly ArithProblem[]> | undefined;

/** The problems of a split outside training: no prompt twice, in no two of them. */
export function heldOutProblems(split: HeldOutSplit): readonly ArithProblem[] {
  heldOut ??= drawHeldOut();
  return heldOut.get(split) ?? [];
}

function drawHeldOut(): ReadonlyMap<HeldOutSplit, readonly ArithProblem[]> {
  const prompts = new Set<string>();
  const splits = new Map<HeldOutSplit, readonly ArithProblem[]>();
  for (const split of ["test", "shift", "validation"] as const) {
    const byTemplate = templatesOf(split).map((template) => {
      const random = worldStream("problems", split, template.id);
      const drawn: ArithProblem[] = [];
      while (drawn.length < SPLIT_SIZES[split].each) {
        const problem = instantiate(template, random);
        if (!problem || prompts.has(problem.prompt)) continue;
        prompts.add(problem.prompt);
        drawn.push(problem);
      }
      return drawn;
    });
    splits.set(split, inRounds(split, byTemplate));
  }
  return splits;
}

/**
 * One problem of every template, then a second of every template, each round in an order of its own: the first problems of a
 * split are a fair sample of it, from as many templates as there can be.
 */
function inRounds(split: HeldOutSplit, byTemplate: readonly (readonly ArithProblem[])[]): ArithProblem[] {
  return Array.from({ length: SPLIT_SIZES[split].each }, (_, round) => {
    const order = worldStream("problem-order", split, round).permutation(byTemplate.length);
    return Array.from(order, (template) => byTemplate[template]![round]!);
  }).flat();
}

let heldOutPrompts: ReadonlySet<string> | undefined;

/** A training problem from a stream of the caller's: neither of a shifted template nor in a held-out split. */
export function trainingProblem(random: Stream): ArithProblem {
  heldOutPrompts ??= new Set(
    (["validation", "test", "shift"] as const).flatMap((split) => heldOutProblems(split).map(({ prompt }) => prompt)),
  );
  for (;;) {
    const problem = drawProblem(random, (template) => !isShift(template));
    if (!heldOutPrompts.has(problem.prompt)) return problem;
  }
}

/** The first `count` training problems of a purpose; problem `i` depends on `i` alone. */
export function trainingProblems(purpose: "rewards" | "train-slice", count: number): ArithProblem[] {
  return Array.from({ length: count }, (_, index) => trainingProblem(worldStream(purpose, index)));
}
