import { and, eq } from "drizzle-orm";
import type { PgliteDatabase } from "drizzle-orm/pglite";
import type { ModelIdentity } from "@touchstone/core";
import { gradingHash, modelHash, poolKeyHash } from "./key.ts";
import { draws, gradings, models, prompts } from "./schema.ts";
import type { GradingIdentity, PoolKey, PromptKey } from "./types.ts";

/** The database, or a transaction of it. */
export type Queries = Pick<PgliteDatabase, "select" | "insert" | "execute">;

interface Prompt {
  readonly id: number;
  readonly promptTokens: number;
}

export async function findDraw(db: Queries, key: PoolKey): Promise<number | undefined> {
  const rows = await db
    .select({ id: draws.id })
    .from(draws)
    .where(eq(draws.hash, poolKeyHash(key)));
  return rows[0]?.id;
}

export async function enterDraw(db: Queries, key: PoolKey): Promise<number> {
  const { model, decoding, dataset, seed } = key;
  await db
    .insert(draws)
    .values({ hash: poolKeyHash(key), key: { model, decoding, dataset, seed } })
    .onConflictDoNothing();
  return (await findDraw(db, key))!;
}

/** The stored prompts among those asked for, by problem id. */
export async function findPrompts(
  db: Queries,
  draw: number,
  problems: readonly PromptKey[],
): Promise<Map<string, Prompt>> {
  const wanted = new Map(problems.map((p) => [p.problem, p.promptHash]));
  const only = problems.length === 1 ? eq(prompts.problem, problems[0]!.problem) : undefined;
  const rows = await db
    .select()
    .from(prompts)
    .where(and(eq(prompts.draw, draw), only));
  return new Map(
    rows
      .filter((row) => wanted.get(row.problem) === row.promptHash)
      .map((row) => [row.problem, { id: row.id, promptTokens: row.promptTokens }]),
  );
}

/** Ids of the prompts by `problem` and `promptHash`; those not stored are entered. */
export async function enterPrompts(
  db: Queries,
  draw: number,
  wanted: readonly (PromptKey & { promptTokens: number })[],
): Promise<(prompt: PromptKey) => number> {
  const name = ({ problem, promptHash }: PromptKey): string => `${promptHash} ${problem}`;
  const rows = new Map(
    wanted.map((row) => {
      const { problem, promptHash, promptTokens } = row;
      return [name(row), { draw, problem, promptHash, promptTokens }];
    }),
  );
  const known = async (): Promise<Map<string, number>> => {
    const only = rows.size === 1 ? eq(prompts.problem, wanted[0]!.problem) : undefined;
    const found = await db
      .select()
      .from(prompts)
      .where(and(eq(prompts.draw, draw), only));
    return new Map(found.map((row) => [name(row), row.id]));
  };
  let ids = await known();
  const unknown = [...rows].filter(([key]) => !ids.has(key)).map(([, row]) => row);
  if (unknown.length > 0) {
    await db.insert(prompts).values(unknown).onConflictDoNothing();
    ids = await known();
  }
  return (prompt) => ids.get(name(prompt))!;
}

export async function findModel(db: Queries, model: ModelIdentity): Promise<number | undefined> {
  const hash = modelHash(model);
  const rows = await db.select({ id: models.id }).from(models).where(eq(models.hash, hash));
  return rows[0]?.id;
}

export async function enterModel(db: Queries, identity: ModelIdentity): Promise<number> {
  await db
    .insert(models)
    .values({ hash: modelHash(identity), identity })
    .onConflictDoNothing();
  return (await findModel(db, identity))!;
}

export async function findGrading(db: Queries, grading: GradingIdentity): Promise<number | undefined> {
  const hash = gradingHash(grading);
  const rows = await db.select({ id: gradings.id }).from(gradings).where(eq(gradings.hash, hash));
  return rows[0]?.id;
}

export async function enterGrading(db: Queries, identity: GradingIdentity): Promise<number> {
  await db
    .insert(gradings)
    .values({ hash: gradingHash(identity), identity })
    .onConflictDoNothing();
  return (await findGrading(db, identity))!;
}
