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
  uuid,
} from "drizzle-orm/pg-core";
import type { FinishReason, ModelIdentity } from "@touchstone/core";
import type { GradingIdentity, PoolKey } from "./types.ts";

/**
 * The whole schema. `createSchema` makes its SQL from these tables, so there is one description only. Any change here, and
 * any change of PostgreSQL's major version, needs a new `POOL_VERSION`.
 *
 * Texts that a model can shape (responses, answers) are `json`, because PostgreSQL's `text` cannot hold U+0000.
 * Rows that are named by their content have the first 128 bits of its sha256 as key, a `uuid`: the shortest type PostgreSQL compares
 * by itself.
 */
export const POOL_VERSION = 2;

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
    gini: doublePrecision().notNull(),
    seconds: doublePrecision().notNull(),
    /** int32, little-endian. */
    tokens: bytea().notNull(),
    /** float32, little-endian, one after another in the order of `packStatistics`. */
    statistics: bytea().notNull(),
  },
  (t) => [primaryKey({ columns: [t.prompt, t.index] })],
);

/** Reward models, and policies where something is kept by the policy alone. */
export const models = pgTable("models", {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  hash: text().notNull().unique(),
  identity: json().$type<ModelIdentity>().notNull(),
});

export const rewards = pgTable(
  "rewards",
  {
    rewardModel: integer("reward_model")
      .notNull()
      .references(() => models.id),
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

/** One row a continuation that was asked for: the chains of procedures, of which prefixes serve the smaller budgets. */
export const continuations = pgTable("continuations", {
  /** Of the draw, the prompt, the prefix's tokens, the step and the index. */
  hash: uuid().primaryKey(),
  prompt: integer()
    .notNull()
    .references(() => prompts.id),
  step: integer().notNull(),
  index: integer().notNull(),
  prefixLength: integer("prefix_length").notNull(),
  text: json().$type<string>().notNull(),
  finish: text().$type<FinishReason>().notNull(),
  seconds: doublePrecision().notNull(),
  /** Prefix included. */
  tokens: bytea().notNull(),
  /** Of the drawn tokens. */
  statistics: bytea().notNull(),
});

export const contentRewards = pgTable(
  "content_rewards",
  {
    rewardModel: integer("reward_model")
      .notNull()
      .references(() => models.id),
    /** Of the prompt's hash, the response's text and whether it was unfinished. */
    hash: uuid().notNull(),
    value: doublePrecision().notNull(),
    tokens: integer().notNull(),
    seconds: doublePrecision().notNull(),
  },
  (t) => [primaryKey({ columns: [t.rewardModel, t.hash] })],
);

export const embeddings = pgTable(
  "embeddings",
  {
    model: integer()
      .notNull()
      .references(() => models.id),
    promptHash: text("prompt_hash").notNull(),
    /** float32, little-endian. */
    vector: bytea().notNull(),
    tokens: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.model, t.promptHash] })],
);

export const afterLast = pgTable(
  "after_last",
  {
    prompt: integer().notNull(),
    index: integer().notNull(),
    selfCertainty: doublePrecision("self_certainty").notNull(),
    tokens: integer().notNull(),
    seconds: doublePrecision().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.prompt, t.index] }),
    foreignKey({ columns: [t.prompt, t.index], foreignColumns: [samples.prompt, samples.index] }),
  ],
);

/** In an order in which every table's references exist. */
export const TABLES = [
  draws,
  prompts,
  samples,
  models,
  rewards,
  gradings,
  grades,
  continuations,
  contentRewards,
  embeddings,
  afterLast,
] as const;
