import type { ModelIdentity, Sample } from "@touchstone/core";
import { bytesOf, packStatistics } from "./bytes.ts";
import { unknownSample } from "./failure.ts";
import { enterDraw, enterGrading, enterModel, enterPrompts, findDraw, findPrompts } from "./ids.ts";
import type { Queries } from "./ids.ts";
import { afterLast, grades, rewards, samples } from "./schema.ts";
import type { AfterLastRow, GradeRow, GradingIdentity, PoolKey, PromptKey, RewardRow, SampleAppend } from "./types.ts";

/** Rows of one INSERT: PostgreSQL takes 65,535 parameters, and a sample has 14. */
const CHUNK = 1000;

export async function insertSamples(db: Queries, key: PoolKey, batches: readonly SampleAppend[]): Promise<void> {
  const draw = await enterDraw(db, key);
  const rows: (typeof samples.$inferInsert)[] = [];
  const promptOf = await enterPrompts(db, draw, batches);
  for (const batch of batches) {
    const prompt = promptOf(batch);
    const seconds = batch.seconds / batch.samples.length;
    for (const sample of batch.samples) rows.push({ prompt, seconds, ...sampleColumns(sample) });
  }
  for (const chunk of chunks(rows)) await db.insert(samples).values(chunk).onConflictDoNothing();
}

function sampleColumns(sample: Sample): Omit<typeof samples.$inferInsert, "prompt" | "seconds"> {
  const { index, text, tokens, prefixLength, finish, statistics } = sample;
  return {
    index,
    text,
    tokenCount: tokens.length,
    prefixLength,
    finish,
    logProbability: sum(statistics.logProbability),
    decodingLogProbability: sum(statistics.decodingLogProbability),
    entropy: mean(statistics.entropy),
    selfCertainty: mean(statistics.selfCertainty),
    gini: mean(statistics.gini),
    tokens: bytesOf(tokens),
    statistics: packStatistics(statistics),
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
    return { rewardModel, prompt: promptOf(row), index, value, tokens, seconds };
  });
  for (const chunk of chunks(values)) await db.insert(rewards).values(chunk).onConflictDoNothing();
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
    answer: row.answer,
    grade: row.grade,
  }));
  for (const chunk of chunks(values)) await db.insert(grades).values(chunk).onConflictDoNothing();
}

export async function insertAfterLast(db: Queries, key: PoolKey, rows: readonly AfterLastRow[]): Promise<void> {
  const promptOf = await promptIds(db, key, rows);
  const values = rows.map((row) => {
    const { index, selfCertainty, tokens, seconds } = row;
    return { prompt: promptOf(row), index, selfCertainty, tokens, seconds };
  });
  for (const chunk of chunks(values)) await db.insert(afterLast).values(chunk).onConflictDoNothing();
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
