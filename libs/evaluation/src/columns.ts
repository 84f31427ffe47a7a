import { TouchstoneError, viewOf, type Problem, type ProblemView } from "@touchstone/core";
import type { GradeColumns, Pool, RewardColumns, SampleColumns } from "@touchstone/pool";
import type { ModelIdentity } from "@touchstone/core";
import type { Draw } from "./draws.ts";

/** Rewards of one problem's samples by one reward model. */
export interface RewardColumn {
  /** NaN = the reward model failed. */
  readonly values: Float64Array;
  readonly tokens: Int32Array;
  /** NaN where not measured. */
  readonly seconds: Float64Array;
}

/** One problem's samples with answers, grades and rewards: parallel arrays of length `size`, in index order. */
export interface ProblemPool {
  readonly view: ProblemView;
  readonly reference: string;
  readonly size: number;
  readonly promptTokens: number;
  readonly text: readonly string[];
  readonly finish: readonly string[];
  readonly tokens: Int32Array;
  readonly truncated: Uint8Array;
  readonly logProbability: Float64Array;
  readonly entropy: Float64Array;
  readonly selfCertainty: Float64Array;
  readonly seconds: Float64Array;
  /** Answer class; −1 = unparsable. */
  readonly answers: Int32Array;
  /** Answer key of each class. Classes are numbered by the order of their keys, so the number says nothing. */
  readonly answerKeys: readonly string[];
  /** Reaches the evaluation only: no method is given an object from which it can be reached. */
  readonly grades: Float64Array;
  /** By the reward model's shown name. */
  readonly rewards: ReadonlyMap<string, RewardColumn>;
}

/** Reads some problems of a draw with everything that deciding and grading needs. Throws `pool-incomplete`. */
export async function loadProblems(
  pool: Pool,
  draw: Draw,
  problems: readonly Problem[],
  rewardModels: ReadonlyMap<string, { readonly identity: ModelIdentity }>,
): Promise<readonly ProblemPool[]> {
  const wanted = new Set(problems.map((problem) => problem.id));
  const prompts = draw.prompts.filter((prompt) => wanted.has(prompt.problem));
  const samples = await pool.samples(draw.key, prompts, draw.count);
  const grades = await pool.grades(draw.key, draw.grading, prompts, draw.count);
  const rewards = new Map<string, Map<string, RewardColumns>>();
  for (const [name, { identity }] of rewardModels) {
    rewards.set(name, await pool.rewards(draw.key, identity, prompts, draw.count));
  }
  return problems.map((problem) =>
    problemPool(
      problem,
      complete(samples.get(problem.id), draw.count, problem.id, "samples"),
      complete(grades.get(problem.id), draw.count, problem.id, "grades"),
      new Map(
        [...rewards].map(([name, columns]) => [
          name,
          complete(columns.get(problem.id), draw.count, problem.id, `rewards of ${name}`),
        ]),
      ),
    ),
  );
}

/** The columns of one problem, with answers as classes. Pure. */
export function problemPool(
  problem: Problem,
  samples: SampleColumns,
  graded: Pick<GradeColumns, "answers" | "grades">,
  rewards: ReadonlyMap<string, RewardColumn>,
): ProblemPool {
  const answerKeys = [...new Set(graded.answers)].filter((key) => key !== null).toSorted();
  const classes = new Map(answerKeys.map((key, index) => [key, index]));
  return {
    view: viewOf(problem),
    reference: problem.reference,
    size: samples.size,
    promptTokens: samples.promptTokens,
    text: samples.text,
    finish: samples.finish,
    tokens: samples.tokens,
    truncated: Uint8Array.from(samples.finish, (finish) => (finish === "length" ? 1 : 0)),
    logProbability: samples.logProbability,
    entropy: samples.entropy,
    selfCertainty: samples.selfCertainty,
    seconds: samples.seconds,
    answers: Int32Array.from(graded.answers, (key) => (key === null ? -1 : classes.get(key)!)),
    answerKeys,
    grades: graded.grades,
    rewards,
  };
}

function complete<C extends { readonly size: number; readonly present?: Uint8Array }>(
  columns: C | undefined,
  count: number,
  problem: string,
  what: string,
): C {
  if (columns && columns.size >= count && !columns.present?.subarray(0, count).includes(0)) return columns;
  throw new TouchstoneError({
    code: "pool-incomplete",
    family: "pool",
    what: `The pool does not hold the ${what} that this suite needs for the problem ${problem}.`,
    value: columns?.size ?? 0,
    fix: "Run the suite (`./touchstone run`): it draws what is missing.",
  });
}
