import {
  customType,
  doublePrecision,
  foreignKey,
  integer,
  json,
  pgTable,
  primaryKey,
  text,
  unique,
} from "drizzle-orm/pg-core";
import type { FinishReason, ModelIdentity } from "@touchstone/core";
import type { GradingIdentity, PoolKey } from "./types.ts";

/**
 * The whole schema. `createSchema` makes its SQL from these tables, so there is one description only. Any change here, and
 * any change of PostgreSQL's major version, needs a new `POOL_VERSION`.
 *
 * Texts that a model can shape (responses, answers) are `json`, because PostgreSQL's `text` cannot hold U+0000.
 * Chain traces will be a further table keyed by (draw, problem, kernel, β, reward model, step); nothing here stands in their way.
 */
export const POOL_VERSION = 1;

const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => "bytea" });

/** One row a pool key. */
export const draws = pgTable("draws", {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  hash: text().notNull().unique(),
  key: json().$type<PoolKey>().notNull(),
});

export const prompts = pgTable(
  "prompts",
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    draw: integer()
      .notNull()
      .references(() => draws.id),
    problem: text().notNull(),
    promptHash: text("prompt_hash").notNull(),
    promptTokens: integer("prompt_tokens").notNull(),
  },
  (t) => [unique().on(t.draw, t.problem, t.promptHash)],
);

export const samples = pgTable(
  "samples",
  {
    prompt: integer()
      .notNull()
      .references(() => prompts.id),
    index: integer().notNull(),
    text: json().$type<string>().notNull(),
    tokenCount: integer("token_count").notNull(),
    prefixLength: integer("prefix_length").notNull(),
    finish: text().$type<FinishReason>().notNull(),
    logProbability: doublePrecision("log_probability").notNull(),
    decodingLogProbability: doublePrecision("decoding_log_probability").notNull(),
    entropy: doublePrecision().notNull(),
    selfCertainty: doublePrecision("self_certainty").notNull(),
    seconds: doublePrecision().notNull(),
    /** int32, little-endian. */
    tokens: bytea().notNull(),
    /** float32, little-endian: log-probability, decoding log-probability, entropy, self-certainty, one after another. */
    statistics: bytea().notNull(),
  },
  (t) => [primaryKey({ columns: [t.prompt, t.index] })],
);

export const rewardModels = pgTable("reward_models", {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  hash: text().notNull().unique(),
  identity: json().$type<ModelIdentity>().notNull(),
});

export const rewards = pgTable(
  "rewards",
  {
    rewardModel: integer("reward_model")
      .notNull()
      .references(() => rewardModels.id),
    prompt: integer().notNull(),
    index: integer().notNull(),
    value: doublePrecision().notNull(),
    tokens: integer().notNull(),
    seconds: doublePrecision().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.rewardModel, t.prompt, t.index] }),
    foreignKey({ columns: [t.prompt, t.index], foreignColumns: [samples.prompt, samples.index] }),
  ],
);

export const gradings = pgTable("gradings", {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  hash: text().notNull().unique(),
  identity: json().$type<GradingIdentity>().notNull(),
});

export const grades = pgTable(
  "grades",
  {
    grading: integer()
      .notNull()
      .references(() => gradings.id),
    prompt: integer().notNull(),
    index: integer().notNull(),
    /** Null = unparsable. */
    answer: json().$type<string>(),
    grade: doublePrecision().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.grading, t.prompt, t.index] }),
    foreignKey({ columns: [t.prompt, t.index], foreignColumns: [samples.prompt, samples.index] }),
  ],
);

/** In an order in which every table's references exist. */
export const TABLES = [draws, prompts, samples, rewardModels, rewards, gradings, grades] as const;
