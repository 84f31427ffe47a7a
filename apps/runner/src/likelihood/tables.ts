import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Dataset, LanguageModel, Problem, Split } from "@touchstone/core";
import { meanGrade, type QuestionScores } from "@touchstone/evaluation/likelihood";
import { storageError, toCsv, writeAtomically } from "@touchstone/report";
import { choiceGrades, parseChoices, type ChoiceGrades } from "@touchstone/tasks";
import CliTable from "cli-table3";
import { z } from "zod";

const number = z.number().nullable();
const likelihoodRow = z.object({
  dataset: z.string(),
  split: z.string(),
  model: z.string(),
  metric: z.string(),
  estimate: number,
  standard_error: number,
  ci_low: number,
  ci_high: number,
  problems: z.number(),
  clusters: z.number(),
  prompt_tokens: number,
  choice_tokens: number,
});
const questionRow = z.object({
  dataset: z.string(),
  split: z.string(),
  model: z.string(),
  problem: z.string(),
  cluster: z.string(),
  choices: z.number(),
  accuracy: number,
  accuracy_per_token: number,
  accuracy_per_character: number,
  probability: number,
  log_likelihoods: z.string(),
});
type LikelihoodRow = z.infer<typeof likelihoodRow>;
type QuestionRow = z.infer<typeof questionRow>;

/** Columns of a question, and metrics of the table, by what `choiceGrades` calls them. */
const METRICS = {
  accuracy: "sum",
  accuracy_per_token: "perToken",
  accuracy_per_character: "perCharacter",
  probability: "mass",
} as const satisfies Record<string, keyof ChoiceGrades>;

export interface LikelihoodTables {
  readonly rows: readonly LikelihoodRow[];
  readonly questions: readonly QuestionRow[];
}

/** What one model chose: means over problems with clustered standard errors, and every question. */
export function likelihoodTables(
  dataset: Dataset,
  split: Split,
  model: LanguageModel,
  problems: readonly Problem[],
  scores: readonly QuestionScores[],
): LikelihoodTables {
  const about = { dataset: dataset.name, split, model: model.identity.name };
  const grades = problems.map(({ reference }, i) => choiceGrades(parseChoices(reference)!, scores[i]!));
  const clusters = problems.map(({ cluster }) => cluster);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  // The prompt is read once a choice.
  const scored = scores.filter(({ logLikelihoods }) => !logLikelihoods.some(Number.isNaN));
  const prompts = sum(scored.map(({ promptTokens, tokens }) => promptTokens * tokens.length)) / scored.length;
  const tokens = sum(scored.map((one) => sum(one.tokens))) / scored.length;
  return {
    rows: Object.entries(METRICS).map(([metric, name]) => {
      const found = meanGrade(
        grades.map((grade) => grade[name]),
        clusters,
      );
      return {
        ...about,
        metric,
        estimate: cell(found.estimate),
        standard_error: cell(found.standardError),
        ci_low: cell(found.low),
        ci_high: cell(found.high),
        problems: found.n,
        clusters: found.clusters,
        prompt_tokens: cell(prompts),
        choice_tokens: cell(tokens),
      };
    }),
    questions: problems.map(({ id, cluster }, i) => ({
      ...about,
      problem: id,
      cluster,
      choices: scores[i]!.tokens.length,
      accuracy: cell(grades[i]!.sum),
      accuracy_per_token: cell(grades[i]!.perToken),
      accuracy_per_character: cell(grades[i]!.perCharacter),
      probability: cell(grades[i]!.mass),
      log_likelihoods: JSON.stringify(scores[i]!.logLikelihoods),
    })),
  };
}

/** Writes both tables into a folder; returns their paths. Throws `unwritable-folder` or `disk-full`. */
export async function writeLikelihood(folder: string, tables: readonly LikelihoodTables[]): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw storageError(error, folder);
  });
  const rows = toCsv(
    "likelihood.csv",
    likelihoodRow,
    tables.flatMap((table) => table.rows),
  );
  const questions = toCsv(
    "likelihood-questions.csv",
    questionRow,
    tables.flatMap((table) => table.questions),
  );
  const files = [
    [join(folder, "likelihood.csv"), rows],
    [join(folder, "likelihood-questions.csv"), questions],
  ] as const;
  for (const [path, text] of files) await writeAtomically(path, text);
  return files.map(([path]) => path);
}

/** The rows as a table for a terminal. */
export function likelihoodText(rows: readonly LikelihoodRow[]): string {
  const table = new CliTable({
    head: ["model", "metric", "estimate, %", "95 % interval", "n"],
    style: { head: [], border: [] },
  });
  const share = (value: number | null) => (value === null ? "–" : (100 * value).toFixed(1));
  for (const row of rows)
    table.push([
      row.model,
      row.metric,
      share(row.estimate),
      row.ci_low === null ? "" : `${share(row.ci_low)} to ${share(row.ci_high)}`,
      row.problems,
    ]);
  return table.toString();
}

function cell(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
