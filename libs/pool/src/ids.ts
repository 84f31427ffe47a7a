import { and, eq } from "drizzle-orm";
import type { PgliteDatabase } from "drizzle-orm/pglite";
import type { ModelIdentity } from "@touchstone/core";
import { gradingHash, poolKeyHash, rewardModelHash } from "./key.ts";
import { draws, gradings, prompts, rewardModels } from "./schema.ts";
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

export async function enterPrompt(
  db: Queries,
  draw: number,
  prompt: PromptKey & { promptTokens: number },
): Promise<number> {
  const { problem, promptHash, promptTokens } = prompt;
  await db.insert(prompts).values({ draw, problem, promptHash, promptTokens }).onConflictDoNothing();
  return (await findPrompts(db, draw, [prompt])).get(problem)!.id;
}

export async function findRewardModel(db: Queries, model: ModelIdentity): Promise<number | undefined> {
  const hash = rewardModelHash(model);
  const rows = await db.select({ id: rewardModels.id }).from(rewardModels).where(eq(rewardModels.hash, hash));
  return rows[0]?.id;
}

export async function enterRewardModel(db: Queries, identity: ModelIdentity): Promise<number> {
  await db
    .insert(rewardModels)
    .values({ hash: rewardModelHash(identity), identity })
    .onConflictDoNothing();
  return (await findRewardModel(db, identity))!;
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
