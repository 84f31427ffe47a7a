import type { ModelIdentity, Sample } from "@touchstone/core";
import { bytesOf, packStatistics } from "./bytes.ts";
import { unknownSample } from "./failure.ts";
import { enterDraw, enterGrading, enterModel, enterPrompts, findDraw, findPrompts } from "./ids.ts";
import type { Queries } from "./ids.ts";
import { hexOf, insertRows } from "./rows.ts";
import type { Row } from "./rows.ts";
import { afterLast, grades, rewards, samples } from "./schema.ts";
import type { AfterLastRow, GradeRow, GradingIdentity, PoolKey, PromptKey, RewardRow, SampleAppend } from "./types.ts";

/** Rows of one INSERT: more gain nothing, and a statement is held in memory several times. */
const CHUNK = 1000;

export async function insertSamples(db: Queries, key: PoolKey, batches: readonly SampleAppend[]): Promise<void> {
  const draw = await enterDraw(db, key);
  const rows: Row[] = [];
  const promptOf = await enterPrompts(db, draw, batches);
  for (const batch of batches) {
    const prompt = promptOf(batch);
    const seconds = batch.seconds / batch.samples.length;
    for (const sample of batch.samples) rows.push({ prompt, seconds, ...sampleColumns(sample) });
  }
  for (const chunk of chunks(rows)) await db.execute(insertRows(samples, chunk));
}

function sampleColumns(sample: Sample): Row {
  const { index, text, tokens, prefixLength, finish, statistics } = sample;
  return {
    index,
    text: JSON.stringify(text),
    token_count: tokens.length,
    prefix_length: prefixLength,
    finish,
    log_probability: sum(statistics.logProbability),
    decoding_log_probability: sum(statistics.decodingLogProbability),
    entropy: mean(statistics.entropy),
    self_certainty: mean(statistics.selfCertainty),
    gini: mean(statistics.gini),
    tokens: hexOf(bytesOf(tokens)),
    statistics: hexOf(packStatistics(statistics)),
  };
}

export async function insertRewards(
  db: Queries,
  key: PoolKey,
  model: ModelIdentity,
  rows: readonly RewardRow[],
): Promise<void> {
  const promptOf = await promptIds(db, key, rows);
  const rewardModel = await enterModel(db, model);
  const values = rows.map((row) => {
    const { index, value, tokens, seconds } = row;
    return { reward_model: rewardModel, prompt: promptOf(row), index, value, tokens, seconds };
  });
  for (const chunk of chunks(values)) await db.execute(insertRows(rewards, chunk));
}

export async function insertGrades(
  db: Queries,
  key: PoolKey,
  identity: GradingIdentity,
  rows: readonly GradeRow[],
): Promise<void> {
  const promptOf = await promptIds(db, key, rows);
  const grading = await enterGrading(db, identity);
  const values = rows.map((row) => ({
    grading,
    prompt: promptOf(row),
    index: row.index,
    answer: row.answer === null ? null : JSON.stringify(row.answer),
    grade: row.grade,
  }));
  for (const chunk of chunks(values)) await db.execute(insertRows(grades, chunk));
}

export async function insertAfterLast(db: Queries, key: PoolKey, rows: readonly AfterLastRow[]): Promise<void> {
  const promptOf = await promptIds(db, key, rows);
  const values = rows.map((row) => {
    const { index, selfCertainty, tokens, seconds } = row;
    return { prompt: promptOf(row), index, self_certainty: selfCertainty, tokens, seconds };
  });
  for (const chunk of chunks(values)) await db.execute(insertRows(afterLast, chunk));
}

/** Ids of the prompts of stored samples. */
async function promptIds(
  db: Queries,
  key: PoolKey,
  rows: readonly (PromptKey & { index: number })[],
): Promise<(row: PromptKey & { index: number }) => number> {
  const draw = await findDraw(db, key);
  const found = draw === undefined ? new Map<string, { id: number }>() : await findPrompts(db, draw, rows);
  return (row) => {
    const prompt = found.get(row.problem);
    if (prompt === undefined) throw unknownSample(`${row.problem} #${row.index}`);
    return prompt.id;
  };
}

/** What goes into one INSERT. */
export function* chunks<T>(rows: readonly T[]): Generator<T[]> {
  for (let start = 0; start < rows.length; start += CHUNK) yield rows.slice(start, start + CHUNK);
}

function sum(values: Float32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function mean(values: Float32Array): number {
  return sum(values) / values.length;
}
