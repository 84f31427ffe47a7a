import { throwIfInterrupted } from "@touchstone/core";
import type { ModelIdentity } from "@touchstone/core";
import { insertAfterLast, insertGrades, insertRewards, insertSamples } from "./append.ts";
import { insertContentRewards, insertEmbeddings, readContentRewards, readEmbeddings } from "./content.ts";
import { insertContinuations, readContinuations } from "./continuations.ts";
import { openDatabase } from "./database.ts";
import type { Database } from "./database.ts";
import { enterFolder, folderBytes } from "./folder.ts";
import type { Queries } from "./ids.ts";
import { summarize } from "./info.ts";
import { lockFolder } from "./lock.ts";
import { countSamples, readAfterLast, readGrades, readRewards, readSamples, readSampleTokens } from "./read.ts";
import { POOL_VERSION } from "./schema.ts";
import type {
  AfterLastRow,
  ContentReward,
  ContinuationAppend,
  ContinuationKey,
  Embedding,
  GradeRow,
  GradingIdentity,
  OpenPoolOptions,
  Pool,
  PoolInfo,
  PoolKey,
  PromptKey,
  RewardedContent,
  RewardRow,
  SampleAppend,
} from "./types.ts";

/**
 * Opens the pool in `folder`, making it where there is none. The process holds it alone until it is closed or ends.
 *
 * Throws `TouchstoneError`: `pool-locked` (names the process that holds it), `pool-version`, `not-a-pool`, `pool-damaged`,
 * `pool-unwritable`, `disk-full`, `interrupted`.
 */
export async function openPool(folder: string, { signal }: OpenPoolOptions = {}): Promise<Pool> {
  throwIfInterrupted(signal, "opening the pool");
  enterFolder(folder);
  const lock = lockFolder(folder);
  let database: Database | undefined;
  try {
    database = await openDatabase(folder);
    throwIfInterrupted(signal, "opening the pool");
    return new StoredPool(folder, database, lock);
  } catch (error) {
    await database?.close().catch(() => undefined);
    lock[Symbol.dispose]();
    throw error;
  }
}

class StoredPool implements Pool {
  readonly folder: string;
  readonly #database: Database;
  readonly #lock: Disposable;
  /** Calls run one after another: the database has one connection. */
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(folder: string, database: Database, lock: Disposable) {
    this.folder = folder;
    this.#database = database;
    this.#lock = lock;
  }

  counts(key: PoolKey, problems: readonly PromptKey[]) {
    return this.#read((db) => countSamples(db, key, problems));
  }

  samples(key: PoolKey, problems: readonly PromptKey[], limit: number) {
    return this.#read((db) => readSamples(db, key, problems, limit));
  }

  sampleTokens(key: PoolKey, problem: PromptKey, limit: number) {
    return this.#read((db) => readSampleTokens(db, key, problem, limit));
  }

  rewards(key: PoolKey, rewardModel: ModelIdentity, problems: readonly PromptKey[], limit: number) {
    return this.#read((db) => readRewards(db, key, rewardModel, problems, limit));
  }

  grades(key: PoolKey, grading: GradingIdentity, problems: readonly PromptKey[], limit: number) {
    return this.#read((db) => readGrades(db, key, grading, problems, limit));
  }

  async missingRewards(key: PoolKey, rewardModel: ModelIdentity, problems: readonly PromptKey[], limit: number) {
    const missing = new Map<string, readonly number[]>();
    for (const [problem, { present }] of await this.rewards(key, rewardModel, problems, limit)) {
      const indexes = Array.from(present.keys()).filter((index) => present[index] === 0);
      if (indexes.length > 0) missing.set(problem, indexes);
    }
    return missing;
  }

  appendSamples(key: PoolKey, batches: readonly SampleAppend[]) {
    return this.#write((db) => insertSamples(db, key, batches));
  }

  appendRewards(key: PoolKey, rewardModel: ModelIdentity, rows: readonly RewardRow[]) {
    return this.#write((db) => insertRewards(db, key, rewardModel, rows));
  }

  appendGrades(key: PoolKey, grading: GradingIdentity, rows: readonly GradeRow[]) {
    return this.#write((db) => insertGrades(db, key, grading, rows));
  }

  continuations(key: PoolKey, wanted: readonly ContinuationKey[]) {
    return this.#read((db) => readContinuations(db, key, wanted));
  }

  appendContinuations(key: PoolKey, rows: readonly ContinuationAppend[]) {
    return this.#write((db) => insertContinuations(db, key, rows));
  }

  contentRewards(rewardModel: ModelIdentity, wanted: readonly RewardedContent[]) {
    return this.#read((db) => readContentRewards(db, rewardModel, wanted));
  }

  appendContentRewards(rewardModel: ModelIdentity, rows: readonly (RewardedContent & ContentReward)[]) {
    return this.#write((db) => insertContentRewards(db, rewardModel, rows));
  }

  embeddings(model: ModelIdentity, promptHashes: readonly string[]) {
    return this.#read((db) => readEmbeddings(db, model, promptHashes));
  }

  appendEmbeddings(model: ModelIdentity, rows: readonly (Embedding & { readonly promptHash: string })[]) {
    return this.#write((db) => insertEmbeddings(db, model, rows));
  }

  afterLast(key: PoolKey, problems: readonly PromptKey[], limit: number) {
    return this.#read((db) => readAfterLast(db, key, problems, limit));
  }

  appendAfterLast(key: PoolKey, rows: readonly AfterLastRow[]) {
    return this.#write((db) => insertAfterLast(db, key, rows));
  }

  async info(): Promise<PoolInfo> {
    const pools = await this.#read(summarize);
    return { folder: this.folder, version: POOL_VERSION, bytes: folderBytes(this.folder), pools };
  }

  close(): Promise<void> {
    this.#closing ??= this.#last.then(async () => {
      try {
        await this.#database.close();
      } finally {
        this.#lock[Symbol.dispose]();
      }
    });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #read<T>(work: (db: Queries) => Promise<T>): Promise<T> {
    return this.#next(() => this.#database.guard(() => work(this.#database.drizzle)));
  }

  #write(work: (db: Queries) => Promise<void>): Promise<void> {
    return this.#next(() => this.#database.transaction(work));
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing) return Promise.reject(new Error("the pool is closed"));
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
