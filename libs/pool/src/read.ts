import { and, eq, inArray, lt, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { FinishReason, ModelIdentity } from "@touchstone/core";
import { float64FromNetwork, int32FromNetwork, int32Of, unpackStatistics } from "./bytes.ts";
import { findDraw, findGrading, findModel, findPrompts } from "./ids.ts";
import type { Queries } from "./ids.ts";
import { afterLast, grades, rewards, samples } from "./schema.ts";
import type {
  AfterLastColumns,
  GradeColumns,
  GradingIdentity,
  PoolKey,
  PromptKey,
  RewardColumns,
  SampleColumns,
  SampleTokens,
} from "./types.ts";

// A column of many rows travels as one value: PostgreSQL packs it, and a typed array is made of it here. Four times faster
// than row by row, and as simple.
const float64s = (column: PgColumn, order: PgColumn): SQL<Float64Array> =>
  sql<Uint8Array>`string_agg(float8send(${column}), ''::bytea order by ${order})`.mapWith(float64FromNetwork);
const int32s = (column: PgColumn, order: PgColumn): SQL<Int32Array> =>
  sql<Uint8Array>`string_agg(int4send(${column}), ''::bytea order by ${order})`.mapWith(int32FromNetwork);
const values = <T>(column: PgColumn, order: PgColumn): SQL<T[]> => sql<T[]>`json_agg(${column} order by ${order})`;

export async function countSamples(
  db: Queries,
  key: PoolKey,
  problems: readonly PromptKey[],
): Promise<Map<string, number>> {
  const sizes = new Map(problems.map((p) => [p.problem, 0]));
  const found = await promptsOf(db, key, problems);
  for (const [problem, size] of await contiguous(db, found)) sizes.set(problem, size);
  return sizes;
}

export async function readSamples(
  db: Queries,
  key: PoolKey,
  problems: readonly PromptKey[],
  limit: number,
): Promise<Map<string, SampleColumns>> {
  const out = new Map(problems.map(({ problem }) => [problem, noSamples(problem)]));
  const found = await promptsOf(db, key, problems);
  const s = samples;
  const rows = await db
    .select({
      prompt: s.prompt,
      index: int32s(s.index, s.index),
      text: values<string>(s.text, s.index),
      tokens: int32s(s.tokenCount, s.index),
      finish: values<FinishReason>(s.finish, s.index),
      logProbability: float64s(s.logProbability, s.index),
      decodingLogProbability: float64s(s.decodingLogProbability, s.index),
      entropy: float64s(s.entropy, s.index),
      selfCertainty: float64s(s.selfCertainty, s.index),
      gini: float64s(s.gini, s.index),
      seconds: float64s(s.seconds, s.index),
    })
    .from(s)
    .where(and(inArray(s.prompt, [...found.keys()]), lt(s.index, limit)))
    .groupBy(s.prompt);
  for (const { prompt, index, ...columns } of rows) {
    const { problem, promptTokens } = found.get(prompt)!;
    const size = contiguousSize(index);
    const cut = <A extends { slice(start: number, end: number): A }>(array: A): A =>
      size === index.length ? array : array.slice(0, size);
    out.set(problem, {
      problem,
      size,
      promptTokens,
      text: cut(columns.text),
      tokens: cut(columns.tokens),
      finish: cut(columns.finish),
      logProbability: cut(columns.logProbability),
      decodingLogProbability: cut(columns.decodingLogProbability),
      entropy: cut(columns.entropy),
      selfCertainty: cut(columns.selfCertainty),
      gini: cut(columns.gini),
      seconds: cut(columns.seconds),
    });
  }
  return out;
}

export async function readSampleTokens(
  db: Queries,
  key: PoolKey,
  problem: PromptKey,
  limit: number,
): Promise<SampleTokens[]> {
  const [prompt] = (await promptsOf(db, key, [problem])).keys();
  if (prompt === undefined) return [];
  const { index, prefixLength, tokens, statistics } = samples;
  const rows = await db
    .select({ index, prefixLength, tokens, statistics })
    .from(samples)
    .where(and(eq(samples.prompt, prompt), lt(index, limit)))
    .orderBy(index);
  return rows
    .filter((row, position) => row.index === position)
    .map((row) => ({
      index: row.index,
      tokens: int32Of(row.tokens),
      prefixLength: row.prefixLength,
      statistics: unpackStatistics(row.statistics),
    }));
}

export async function readRewards(
  db: Queries,
  key: PoolKey,
  model: ModelIdentity,
  problems: readonly PromptKey[],
  limit: number,
): Promise<Map<string, RewardColumns>> {
  const found = await promptsOf(db, key, problems);
  const sizes = await contiguous(db, found, limit);
  const out = new Map(problems.map(({ problem }) => [problem, noRewards(problem, sizes.get(problem) ?? 0)]));
  const id = await findModel(db, model);
  if (id === undefined) return out;
  const r = rewards;
  const rows = await db
    .select({
      prompt: r.prompt,
      index: int32s(r.index, r.index),
      value: float64s(r.value, r.index),
      tokens: int32s(r.tokens, r.index),
      seconds: float64s(r.seconds, r.index),
    })
    .from(r)
    .where(and(eq(r.rewardModel, id), inArray(r.prompt, [...found.keys()]), lt(r.index, limit)))
    .groupBy(r.prompt);
  for (const row of rows) {
    const columns = out.get(found.get(row.prompt)!.problem)!;
    row.index.forEach((index, position) => {
      if (index >= columns.size) return;
      columns.present[index] = 1;
      columns.values[index] = row.value[position]!;
      columns.tokens[index] = row.tokens[position]!;
      columns.seconds[index] = row.seconds[position]!;
    });
  }
  return out;
}

export async function readGrades(
  db: Queries,
  key: PoolKey,
  grading: GradingIdentity,
  problems: readonly PromptKey[],
  limit: number,
): Promise<Map<string, GradeColumns>> {
  const found = await promptsOf(db, key, problems);
  const sizes = await contiguous(db, found, limit);
  const out = new Map(problems.map(({ problem }) => [problem, noGrades(problem, sizes.get(problem) ?? 0)]));
  const id = await findGrading(db, grading);
  if (id === undefined) return out;
  const g = grades;
  const rows = await db
    .select({
      prompt: g.prompt,
      index: int32s(g.index, g.index),
      answers: values<string | null>(g.answer, g.index),
      grades: float64s(g.grade, g.index),
    })
    .from(g)
    .where(and(eq(g.grading, id), inArray(g.prompt, [...found.keys()]), lt(g.index, limit)))
    .groupBy(g.prompt);
  for (const row of rows) {
    const columns = out.get(found.get(row.prompt)!.problem)!;
    row.index.forEach((index, position) => {
      if (index >= columns.size) return;
      columns.present[index] = 1;
      columns.answers[index] = row.answers[position]!;
      columns.grades[index] = row.grades[position]!;
    });
  }
  return out;
}

export async function readAfterLast(
  db: Queries,
  key: PoolKey,
  problems: readonly PromptKey[],
  limit: number,
): Promise<Map<string, AfterLastColumns>> {
  const found = await promptsOf(db, key, problems);
  const sizes = await contiguous(db, found, limit);
  const out = new Map(problems.map(({ problem }) => [problem, noAfterLast(problem, sizes.get(problem) ?? 0)]));
  const a = afterLast;
  const rows = await db
    .select({
      prompt: a.prompt,
      index: int32s(a.index, a.index),
      selfCertainty: float64s(a.selfCertainty, a.index),
      tokens: int32s(a.tokens, a.index),
      seconds: float64s(a.seconds, a.index),
    })
    .from(a)
    .where(and(inArray(a.prompt, [...found.keys()]), lt(a.index, limit)))
    .groupBy(a.prompt);
  for (const row of rows) {
    const columns = out.get(found.get(row.prompt)!.problem)!;
    row.index.forEach((index, position) => {
      if (index >= columns.size) return;
      columns.present[index] = 1;
      columns.selfCertainty[index] = row.selfCertainty[position]!;
      columns.tokens[index] = row.tokens[position]!;
      columns.seconds[index] = row.seconds[position]!;
    });
  }
  return out;
}

interface FoundPrompt {
  readonly problem: string;
  readonly promptTokens: number;
}

/** The stored ones of these prompts, by their id in the database. */
async function promptsOf(db: Queries, key: PoolKey, problems: readonly PromptKey[]): Promise<Map<number, FoundPrompt>> {
  const draw = await findDraw(db, key);
  if (draw === undefined) return new Map();
  const found = await findPrompts(db, draw, problems);
  return new Map([...found].map(([problem, { id, promptTokens }]) => [id, { problem, promptTokens }]));
}

/** By problem: how many samples are stored without a gap from index 0, `limit` at most. */
async function contiguous(
  db: Queries,
  found: ReadonlyMap<number, FoundPrompt>,
  limit = Number.MAX_SAFE_INTEGER,
): Promise<Map<string, number>> {
  const position = sql`row_number() over (partition by ${samples.prompt} order by ${samples.index}) - 1`;
  const numbered = db
    .select({ prompt: samples.prompt, index: samples.index, position: position.as("position") })
    .from(samples)
    .where(and(inArray(samples.prompt, [...found.keys()]), lt(samples.index, Math.min(limit, 2 ** 31 - 1))))
    .as("numbered");
  const rows = await db
    .select({ prompt: numbered.prompt, size: sql<number>`count(*)::int` })
    .from(numbered)
    .where(eq(numbered.index, numbered.position))
    .groupBy(numbered.prompt);
  return new Map(rows.map(({ prompt, size }) => [found.get(prompt)!.problem, size]));
}

function contiguousSize(index: Int32Array): number {
  const gap = index.findIndex((value, position) => value !== position);
  return gap === -1 ? index.length : gap;
}

function noSamples(problem: string): SampleColumns {
  const none = new Float64Array();
  return {
    problem,
    size: 0,
    promptTokens: 0,
    text: [],
    tokens: new Int32Array(),
    finish: [],
    logProbability: none,
    decodingLogProbability: none,
    entropy: none,
    selfCertainty: none,
    gini: none,
    seconds: none,
  };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

function noRewards(problem: string, size: number): Writable<RewardColumns> {
  return {
    problem,
    size,
    present: new Uint8Array(size),
    values: new Float64Array(size).fill(Number.NaN),
    tokens: new Int32Array(size),
    seconds: new Float64Array(size).fill(Number.NaN),
  };
}

function noAfterLast(problem: string, size: number): AfterLastColumns {
  return {
    problem,
    size,
    present: new Uint8Array(size),
    selfCertainty: new Float64Array(size).fill(Number.NaN),
    tokens: new Int32Array(size),
    seconds: new Float64Array(size).fill(Number.NaN),
  };
}

function noGrades(problem: string, size: number): Writable<GradeColumns> {
  return {
    problem,
    size,
    present: new Uint8Array(size),
    answers: Array.from({ length: size }, () => null),
    grades: new Float64Array(size).fill(Number.NaN),
  };
}
