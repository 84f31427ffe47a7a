import { eq, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { chunks } from "./append.ts";
import { bytesOf, int32Of, packStatistics, unpackStatistics } from "./bytes.ts";
import { enterDraw, enterPrompts } from "./ids.ts";
import type { Queries } from "./ids.ts";
import { continuationHash, poolKeyHash } from "./key.ts";
import { hexOf, insertRows } from "./rows.ts";
import { continuations, prompts } from "./schema.ts";
import type { Continuation, ContinuationAppend, ContinuationKey, PoolKey } from "./types.ts";

export async function insertContinuations(
  db: Queries,
  key: PoolKey,
  rows: readonly ContinuationAppend[],
): Promise<void> {
  if (rows.length === 0) return;
  const draw = poolKeyHash(key);
  const promptOf = await enterPrompts(db, await enterDraw(db, key), rows);
  const values = rows.map((row) => {
    const { text, tokens, finish, statistics } = row.sample;
    return {
      hash: continuationHash(draw, row),
      prompt: promptOf(row),
      step: row.step,
      index: row.index,
      prefix_length: row.prefix.length,
      text: JSON.stringify(text),
      finish,
      seconds: row.seconds,
      tokens: hexOf(bytesOf(tokens)),
      statistics: hexOf(packStatistics(statistics)),
    };
  });
  for (const chunk of chunks(values)) await db.execute(insertRows(continuations, chunk));
}

export async function readContinuations(
  db: Queries,
  key: PoolKey,
  wanted: readonly ContinuationKey[],
): Promise<(Continuation | undefined)[]> {
  const draw = poolKeyHash(key);
  const hashes = wanted.map((row) => continuationHash(draw, row));
  const { hash, index, prefixLength, text, finish, seconds, tokens, statistics } = continuations;
  const rows = await db
    .select({
      hash,
      index,
      prefixLength,
      // Past the column's own reading, which would parse a response that looks like JSON a second time: "42" is a text.
      text: sql<string>`${text}`,
      finish,
      seconds,
      tokens,
      statistics,
      promptTokens: prompts.promptTokens,
    })
    .from(continuations)
    .innerJoin(prompts, eq(prompts.id, continuations.prompt))
    .where(sql`${hash} = any(${uuidList(hashes)})`);
  const found = new Map<string, Continuation>();
  for (const row of rows) {
    const sample = {
      index: row.index,
      tokens: int32Of(row.tokens),
      prefixLength: row.prefixLength,
      text: row.text,
      finish: row.finish,
      statistics: unpackStatistics(row.statistics),
    };
    found.set(row.hash, { sample, promptTokens: row.promptTokens, seconds: row.seconds });
  }
  return hashes.map((name) => found.get(name));
}

/** Any number of uuids as one parameter. */
export function uuidList(uuids: readonly string[]): SQL {
  return sql`${`{${uuids.join(",")}}`}::uuid[]`;
}
