import {
  TouchstoneError,
  viewOf,
  type FinishReason,
  type Problem,
  type ProblemView,
  type TokenStatistics,
} from "@touchstone/core";
import type { AfterLastColumns, GradeColumns, Pool, RewardColumns, SampleColumns } from "@touchstone/pool";
import type { Draw } from "./draws.ts";
import { Similarities } from "./similarities.ts";

/** Rewards of one problem's samples by one reward model. */
export interface RewardColumn {
  /** NaN = the reward model failed. */
  readonly values: Float64Array;
  readonly tokens: Int32Array;
  /** NaN where not measured. */
  readonly seconds: Float64Array;
  /** `DrawnView.rewardScale`: the same for all problems of a draw. */
  readonly scale: number;
}

/** What is kept of a sample token by token. */
export interface SampleTokens {
  readonly tokens: Int32Array;
  readonly statistics: TokenStatistics;
}

/** One problem's samples with answers, grades and rewards: parallel arrays of length `size`, in index order. */
export interface ProblemPool {
  readonly view: ProblemView;
  readonly reference: string;
  readonly size: number;
  readonly promptTokens: number;
  readonly text: readonly string[];
  readonly finish: readonly FinishReason[];
  readonly tokens: Int32Array;
  readonly truncated: Uint8Array;
  readonly logProbability: Float64Array;
  readonly entropy: Float64Array;
  readonly selfCertainty: Float64Array;
  readonly gini: Float64Array;
  readonly seconds: Float64Array;
  /** By sample; absent where no method asked for it. */
  readonly byToken?: readonly SampleTokens[] | undefined;
  /** Self-certainty after each response's last token, and what it cost; absent where no method asked for it. */
  readonly afterLast?: Pick<AfterLastColumns, "selfCertainty" | "tokens" | "seconds"> | undefined;
  readonly similarities: Similarities;
  /** Answer class; −1 = unparsable. */
  readonly answers: Int32Array;
  /** Answer key of each class. Classes are numbered by the order of their keys, so the number says nothing. */
  readonly answerKeys: readonly string[];
  /** Reaches the evaluation only: no method is given an object from which it can be reached. */
  readonly grades: Float64Array;
  /** Characters of each response minus those of the baseline's, the reference; where a judge grades. */
  readonly lengthDifferences?: Float64Array;
  /** By the reward model's shown name. */
  readonly rewards: ReadonlyMap<string, RewardColumn>;
}

/**
 * Reads some problems of a draw with everything that deciding and grading needs. `scales`: reward scales by shown name.
 * Throws `pool-incomplete`.
 */
export async function loadProblems(
  pool: Pool,
  draw: Draw,
  problems: readonly Problem[],
  scales: ReadonlyMap<string, number>,
): Promise<readonly ProblemPool[]> {
  const wanted = new Set(problems.map((problem) => problem.id));
  const prompts = draw.prompts.filter((prompt) => wanted.has(prompt.problem));
  const samples = await pool.samples(draw.key, prompts, draw.count);
  const grades = await pool.grades(draw.key, draw.grading, prompts, draw.count);
  const tokens = draw.reads.tokenStatistics ? await loadTokens(pool, draw, prompts) : undefined;
  const last = draw.reads.afterLast ? await pool.afterLast(draw.key, prompts, draw.count) : undefined;
  const rewards = new Map<string, Map<string, RewardColumns>>();
  for (const [name, { identity }] of draw.rewardModels) {
    rewards.set(name, await pool.rewards(draw.key, identity, prompts, draw.count));
  }
  const made = problems.map((problem) =>
    problemPool(
      problem,
      complete(samples.get(problem.id), draw.count, problem.id, "samples"),
      complete(grades.get(problem.id), draw.count, problem.id, "grades"),
      new Map(
        [...rewards].map(([name, columns]) => [
          name,
          {
            ...complete(columns.get(problem.id), draw.count, problem.id, `rewards of ${name}`),
            scale: scales.get(name) ?? 1,
          },
        ]),
      ),
      {
        byToken: tokens?.get(problem.id),
        afterLast: last && complete(last.get(problem.id), draw.count, problem.id, "last distributions"),
      },
    ),
  );
  return draw.dataset.grader.gold === "judge" ? made.map(withLengths) : made;
}

function withLengths(pool: ProblemPool): ProblemPool {
  const { reference, text } = pool;
  return { ...pool, lengthDifferences: Float64Array.from(text, (one) => one.length - reference.length) };
}

async function loadTokens(
  pool: Pool,
  draw: Draw,
  prompts: Draw["prompts"],
): Promise<ReadonlyMap<string, readonly SampleTokens[]>> {
  const tokens = new Map<string, readonly SampleTokens[]>();
  for (const prompt of prompts) tokens.set(prompt.problem, await pool.sampleTokens(draw.key, prompt, draw.count));
  return tokens;
}

/** The columns of one problem, with answers as classes. Pure. */
export function problemPool(
  problem: Problem,
  samples: SampleColumns,
  graded: Pick<GradeColumns, "answers" | "grades">,
  rewards: ReadonlyMap<string, RewardColumn>,
  extras: Pick<ProblemPool, "byToken" | "afterLast"> = {},
): ProblemPool {
  const answerKeys = [...new Set(graded.answers)].filter((key) => key !== null).toSorted();
  const classes = new Map(answerKeys.map((key, index) => [key, index]));
  const answers = Int32Array.from(graded.answers, (key) => (key === null ? -1 : classes.get(key)!));
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
    gini: samples.gini,
    seconds: samples.seconds,
    ...extras,
    similarities: new Similarities(samples.text, answers),
    answers,
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
