import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { QuestionRow, ResultRow } from "@touchstone/core";
import { EXTRACTORS, GRADERS } from "@touchstone/tasks";

/** Files of `../shared/data`, and the shipped mapping and suite of the same name that are for them. */
export const REAL_POOLS: Readonly<Record<string, string>> = {
  "math500-openr": "pool_math500_openr_prm4/train_data1.json",
  "gsm8k-overopt": "pool_gsm8k_overopt/base.jsonl",
  "math-qwen": "pool_math_qwen_rm8/math_cot_100.jsonl",
  "game24-cot": "pool_game24_gpt4_100/gpt-4_0.7_naive_cot_sample_100.json",
  "game24-standard": "pool_game24_gpt4_100/gpt-4_0.7_naive_standard_sample_100.json",
  "alpaca-eval-models": "alpaca_eval/pool_slice.jsonl",
};

/** The five selection rules whose outcomes OpenR's file records, as methods of ours. */
export const OPENR_RULES = {
  majority_vote: { method: "majority-vote", rewardModel: "", name: "majority" },
  prm_min_max: { method: "best-of-n", rewardModel: "prm@min", name: "min max" },
  prm_min_vote: { method: "weighted-vote", rewardModel: "prm@min", name: "min vote" },
  prm_last_max: { method: "best-of-n", rewardModel: "prm@last", name: "last max" },
  prm_last_vote: { method: "weighted-vote", rewardModel: "prm@last", name: "last vote" },
} as const;
export type OpenrRule = keyof typeof OPENR_RULES;
export const RULES = Object.keys(OPENR_RULES) as OpenrRule[];

/** One problem of OpenR's file: four solutions, and what each rule's choice was graded. */
export interface OpenrProblem {
  readonly id: string;
  readonly reference: string;
  readonly recorded: Readonly<Record<OpenrRule, number>>;
  /** Answer key (null: unparsable), grade and step scores of each solution. */
  readonly solutions: readonly { readonly answer: string | null; readonly grade: number; readonly steps: number[] }[];
}

export function readOpenr(data: string): readonly OpenrProblem[] {
  const math = new Map(
    readFileSync(join(data, "math500/MATH500.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { problem: string; answer: string; unique_id: string })
      .map((problem) => [problem.problem, problem]),
  );
  const records = JSON.parse(readFileSync(join(data, REAL_POOLS["math500-openr"]!), "utf8")) as readonly {
    readonly question: string;
    readonly result: OpenrProblem["recorded"];
    readonly output: readonly { readonly text: string; readonly value: number[] }[];
  }[];
  const extractor = EXTRACTORS.get("boxed")!;
  const { grader } = GRADERS.get("math-equivalent")!;
  return records.map(({ question, result, output }) => {
    const { unique_id: id, answer: reference } = math.get(question)!;
    const problem = { id, messages: [], cluster: id, split: "test" as const, reference };
    const solutions = output.map(({ text, value }) => {
      const answer = extractor.extract(text);
      const key = answer.kind === "answer" ? answer.key : null;
      return { answer: key, grade: grader.grade(problem, text, answer), steps: value };
    });
    return { id, reference, recorded: result, solutions };
  });
}

/**
 * What a rule's choice is graded where the first of equals is taken: the first answer in the order of the solutions that has
 * the largest sum of weights (1 for a majority), or the first solution of the largest score.
 */
export function firstOfEquals(rule: OpenrRule, { solutions }: OpenrProblem): number {
  const score = ({ steps }: OpenrProblem["solutions"][number]): number =>
    rule === "majority_vote" ? 1 : rule.startsWith("prm_min") ? Math.min(...steps) : steps.at(-1)!;
  const isVote = rule.endsWith("vote");
  const totals = solutions.map((solution) => {
    const own = isVote ? solutions.filter(({ answer }) => answer === solution.answer) : [solution];
    return own.reduce((sum, each) => sum + score(each), 0);
  });
  return solutions[totals.indexOf(Math.max(...totals))]!.grade;
}

export interface Disagreement {
  readonly problem: OpenrProblem;
  readonly rule: OpenrRule;
  /** Mean grade of our decision: between 0 and 1 where the chosen are equals. */
  readonly ours: number;
  readonly recorded: number;
}

/** Every problem and rule whose replayed outcome is not the recorded one. */
export function disagreements(problems: readonly OpenrProblem[], questions: readonly QuestionRow[]): Disagreement[] {
  return RULES.flatMap((rule) => {
    const ours = outcomes(rule, questions);
    return problems.flatMap((problem) => {
      const found = { problem, rule, ours: ours.get(problem.id)!, recorded: problem.recorded[rule] };
      return Math.abs(found.ours - found.recorded) < 1e-9 ? [] : [found];
    });
  });
}

/** By problem: the accuracy of a rule's decision on all four solutions. */
export function outcomes(rule: OpenrRule, questions: readonly QuestionRow[]): ReadonlyMap<string, number> {
  const { method, rewardModel } = OPENR_RULES[rule];
  const own = questions.filter(
    (row) => row.method === method && row.reward_model === rewardModel && row.budget === 4 && row.metric === "accuracy",
  );
  return new Map(own.map(({ problem, estimate }) => [problem, estimate!]));
}

/** One row a rule: the recorded mean, ours, and the number of problems that differ. */
export function ruleRows(problems: readonly OpenrProblem[], questions: readonly QuestionRow[]): string[] {
  const found = disagreements(problems, questions);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const rows = RULES.map((rule) => {
    const recorded = mean(problems.map((problem) => problem.recorded[rule]));
    const ours = mean([...outcomes(rule, questions).values()]);
    const differing = found.filter((one) => one.rule === rule).length;
    return `| ${OPENR_RULES[rule].name} | ${recorded.toFixed(3)} | ${ours.toFixed(3)} | ${differing} |`;
  });
  return ["| Rule | Recorded | Here | Problems that differ |", "| --- | ---: | ---: | ---: |", ...rows];
}

/** One row a problem: what each rule's choice is graded here, and what is recorded. */
export function disagreementRows(found: readonly Disagreement[]): string[] {
  const rows = Array.from(
    Map.groupBy(found, ({ problem }) => problem),
    ([{ id, reference }, own]) => {
      const outcome = own.map(
        ({ rule, ours, recorded }) => `${OPENR_RULES[rule].name} ${Number(ours.toFixed(2))} / ${recorded}`,
      );
      return `| ${id.replaceAll(/^test\/|\.json$/g, "")} | \`${reference}\` | ${outcome.join(", ")} |`;
    },
  );
  return ["| Problem | Reference | Rule: here / recorded |", "| --- | --- | --- |", ...rows.toSorted()];
}

/** One table a reward model, with the methods that need none in each: accuracy in % by budget. */
export function accuracyTables(results: readonly ResultRow[]): string[] {
  const rows = results.filter(({ metric }) => metric === "accuracy");
  const models = [...new Set(rows.map(({ reward_model: model }) => model))].filter((model) => model !== "");
  const budgets = [...new Set(rows.map(({ budget }) => budget))];
  return (models.length > 0 ? models : [""]).flatMap((model) => {
    const own = rows.filter((row) => row.reward_model === "" || row.reward_model === model);
    return [
      `| ${model === "" ? "Samples" : `Samples, rewards of \`${model}\``} | ${budgets.join(" | ")} |`,
      `| --- |${" ---: |".repeat(budgets.length)}`,
      ...Array.from(
        Map.groupBy(own, ({ method }) => method),
        ([method, cells]) => accuracyRow(method, cells),
      ),
      "",
    ];
  });
}

export function accuracyRow(method: string, cells: readonly ResultRow[]): string {
  return `| ${method} | ${cells.map(({ estimate }) => (100 * estimate!).toFixed(1)).join(" | ")} |`;
}

/** A page with these lines between its markers of that name. Throws where it has none. */
export function withTable(page: string, name: string, lines: readonly string[]): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < 0) throw new Error(`docs/real-pools.md has no markers for ${name}`);
  return `${page.slice(0, from)}${begin}\n${lines.join("\n").trim()}\n\n${page.slice(to)}`;
}
