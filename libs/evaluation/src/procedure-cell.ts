import { decodingId, type Answer, type Budget, type Procedure } from "@touchstone/core";
import type { Contender } from "./cells.ts";
import type { ProblemPool } from "./columns.ts";
import type { Draw } from "./draws.ts";
import { continuesWith } from "./needs.ts";
import type { ProcedureCell } from "./procedures.ts";
import type { ProcedureSource } from "./source.ts";
import type { Sizes } from "./spend.ts";
import { Orderings } from "./subsets.ts";
import type { Suite } from "./suite-schema.ts";

export type ProcedureContender = Contender & { readonly method: Procedure };

/** Narrows a contender to one whose method is a procedure. */
export function isProcedure(contender: Contender): contender is ProcedureContender {
  return contender.method.kind === "procedure";
}

/** Whether a contender runs on a model first: it continues responses. */
export function runsLive({ method, choice }: Contender): boolean {
  return continuesWith(method.needs, choice.parameters);
}

/** Whose problems share a budget: those of a method that spends one over a batch, or of every procedure where the suite says so. */
export function scopeOf({ needs }: Procedure, { budgets }: Pick<Suite, "budgets">): Budget["scope"] {
  return needs.batch ? "batch" : budgets.scope;
}

/** How the problems of a chunk are given to a contender. */
export interface Way {
  readonly scope: Budget["scope"];
  /** Problems of one call: a batch that shares a budget, all of a chunk where chains advance together, or one. */
  readonly size: number;
  readonly together: boolean;
  readonly replicates: number;
}

export function wayOf(contender: ProcedureContender, suite: Suite, { batches }: Draw): Way {
  const scope = scopeOf(contender.method, suite);
  const live = runsLive(contender);
  return {
    scope,
    size: scope === "batch" ? batches.size : live ? Number.POSITIVE_INFINITY : 1,
    together: live && scope === "problem",
    // Chains are too dear to be walked as often as subsets are drawn.
    replicates: live ? suite.chains : suite.replicates,
  };
}

/** Consecutive groups of `size`; one of all where the size is infinite. */
export function groupsOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  if (items.length <= size) return [items];
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** What the cells of a seed read in common, each thing made once: orderings, and answers and grades of what is not in the pool. */
export interface Reader {
  readonly orderings: Orderings;
  readonly answerOf: (text: string) => string | null;
  readonly gradeOf: (problem: string, text: string, answerKey: string | null) => number;
  /** What an abstention counts: 0, or NaN where there is no gold. */
  readonly ofAbstention: number;
}

export function readerOf({ dataset, problems, seed }: Draw): Reader {
  const answers = new Map<string, string | null>();
  const grades = new Map<string, number>();
  const byId = new Map(problems.map((problem) => [problem.id, problem]));
  return {
    orderings: new Orderings({ seed, dataset: dataset.name }),
    ofAbstention: dataset.grader.gold === "none" ? Number.NaN : 0,
    answerOf: (text) => kept(answers, text, () => keyOf(dataset.extractor.extract(text))),
    gradeOf: (id, text, key) =>
      kept(grades, `${id}\n${text}`, () => {
        const answer: Answer = key === null ? { kind: "unparsable" } : { kind: "answer", key };
        return dataset.grader.grade(byId.get(id)!, text, answer);
      }),
  };
}

/** A contender's cell as fill and evaluation run it. `draw`: the suite's own of the seed. */
export function procedureCell(
  suite: Suite,
  draw: Draw,
  contender: ProcedureContender,
  amount: number,
  more: {
    readonly sizes: Sizes;
    readonly reader: Reader;
    readonly source: ProcedureSource | undefined;
    readonly state: unknown;
  },
): ProcedureCell {
  const { dataset, model, decoding, seed } = draw;
  const { scope, together, replicates } = wayOf(contender, suite, draw);
  const { reader, ...rest } = more;
  return {
    ...rest,
    ...reader,
    contender,
    budget: { unit: suite.budgets.unit, amount, scope },
    decoding,
    stepDelimiter: dataset.stepDelimiter,
    lineEnds: (tokens) => model.lineEnds(tokens, dataset.stepDelimiter),
    seed,
    dataset: dataset.name,
    replicates,
    together,
  };
}

/** By problem, its pools by decoding id, the suite's own first. */
export function poolsByProblem(
  pools: ReadonlyMap<Draw, readonly ProblemPool[]>,
): readonly ReadonlyMap<string, ProblemPool>[] {
  const [first] = pools.values();
  return first!.map((_, i) => new Map(Array.from(pools, ([{ key }, list]) => [decodingId(key.decoding), list[i]!])));
}

function keyOf(answer: Answer): string | null {
  return answer.kind === "answer" ? answer.key : null;
}

function kept<V>(values: Map<string, V>, key: string, make: () => V): V {
  const known = values.get(key);
  if (known !== undefined) return known;
  const made = make();
  values.set(key, made);
  return made;
}
