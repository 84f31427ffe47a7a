import { and, eq, inArray, sql } from "drizzle-orm";
import type { ModelIdentity } from "@touchstone/core";
import { chunks } from "./append.ts";
import { bytesOf, float32Of } from "./bytes.ts";
import { uuidList } from "./continuations.ts";
import { enterModel, findModel } from "./ids.ts";
import type { Queries } from "./ids.ts";
import { contentHash } from "./key.ts";
import { insertRows } from "./rows.ts";
import { contentRewards, embeddings } from "./schema.ts";
import type { ContentReward, Embedding, RewardedContent } from "./types.ts";

export async function insertContentRewards(
  db: Queries,
  model: ModelIdentity,
  rows: readonly (RewardedContent & ContentReward)[],
): Promise<void> {
  if (rows.length === 0) return;
  const rewardModel = await enterModel(db, model);
  const values = rows.map((row) => {
    const { value, tokens, seconds } = row;
    return { reward_model: rewardModel, hash: contentHash(row), value, tokens, seconds };
  });
  await db.execute(insertRows(contentRewards, values));
}

export async function readContentRewards(
  db: Queries,
  model: ModelIdentity,
  wanted: readonly RewardedContent[],
): Promise<(ContentReward | undefined)[]> {
  const id = await findModel(db, model);
  if (id === undefined) return wanted.map(() => undefined);
  const hashes = wanted.map(contentHash);
  const { rewardModel, hash, value, tokens, seconds } = contentRewards;
  const rows = await db
    .select({ hash, value, tokens, seconds })
    .from(contentRewards)
    .where(and(eq(rewardModel, id), sql`${hash} = any(${uuidList(hashes)})`));
  const found = new Map(rows.map(({ hash: name, ...reward }) => [name, reward]));
  return hashes.map((name) => found.get(name));
}

export async function insertEmbeddings(
  db: Queries,
  identity: ModelIdentity,
  rows: readonly (Embedding & { readonly promptHash: string })[],
): Promise<void> {
  if (rows.length === 0) return;
  const model = await enterModel(db, identity);
  const values = rows.map(({ promptHash, vector, tokens }) => ({ model, promptHash, vector: bytesOf(vector), tokens }));
  for (const chunk of chunks(values)) await db.insert(embeddings).values(chunk).onConflictDoNothing();
}

export async function readEmbeddings(
  db: Queries,
  identity: ModelIdentity,
  promptHashes: readonly string[],
): Promise<Map<string, Embedding>> {
  const found = new Map<string, Embedding>();
  const id = await findModel(db, identity);
  if (id === undefined) return found;
  const { model, promptHash, vector, tokens } = embeddings;
  for (const chunk of chunks(promptHashes)) {
    const rows = await db
      .select({ promptHash, vector, tokens })
      .from(embeddings)
      .where(and(eq(model, id), inArray(promptHash, chunk)));
    for (const row of rows) found.set(row.promptHash, { vector: float32Of(row.vector), tokens: row.tokens });
  }
  return found;
}
