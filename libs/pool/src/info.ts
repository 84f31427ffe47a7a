import { count, eq, sql } from "drizzle-orm";
import type { Queries } from "./ids.ts";
import { continuations, draws, models, prompts, rewards, samples } from "./schema.ts";
import type { PoolSummary } from "./types.ts";

/** What each pool key holds, in the order in which they were first drawn. */
export async function summarize(db: Queries): Promise<PoolSummary[]> {
  const drawn = await db
    .select({
      draw: draws.id,
      problems: sql<number>`count(distinct ${prompts.id})::int`,
      samples: count(samples.index),
      tokens: sql<number>`coalesce(sum(${samples.tokenCount} - ${samples.prefixLength}), 0)::float8`,
    })
    .from(draws)
    .leftJoin(prompts, eq(prompts.draw, draws.id))
    .leftJoin(samples, eq(samples.prompt, prompts.id))
    .groupBy(draws.id);
  const rewarded = await db
    .select({ draw: prompts.draw, model: rewards.rewardModel, count: count() })
    .from(rewards)
    .innerJoin(prompts, eq(prompts.id, rewards.prompt))
    .groupBy(prompts.draw, rewards.rewardModel);
  const continued = await db
    .select({ draw: prompts.draw, count: count() })
    .from(continuations)
    .innerJoin(prompts, eq(prompts.id, continuations.prompt))
    .groupBy(prompts.draw);
  const keys = new Map((await db.select().from(draws)).map((row) => [row.id, row]));
  const identities = new Map((await db.select().from(models)).map((row) => [row.id, row.identity]));
  return drawn
    .toSorted((a, b) => a.draw - b.draw)
    .map(({ draw, ...amounts }) => ({
      hash: keys.get(draw)!.hash,
      key: keys.get(draw)!.key,
      ...amounts,
      rewards: rewarded
        .filter((row) => row.draw === draw)
        .toSorted((a, b) => a.model - b.model)
        .map((row) => ({ model: identities.get(row.model)!, count: row.count })),
      continuations: continued.find((row) => row.draw === draw)?.count ?? 0,
    }));
}
