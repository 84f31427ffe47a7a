import type { Decoding, FinishReason, ModelIdentity, Sample, TokenStatistics } from "@touchstone/core";

/**
 * Names all samples drawn by one policy under one decoding for one dataset with one seed. Its content hash (`poolKeyHash`)
 * holds everything of law 6 that is common to them; the prompt's hash and the sample's index complete it. Neither the
 * model's display name nor the dataset's version is part of it: a renamed model, a new extractor or a new grader draws
 * nothing anew.
 */
export interface PoolKey {
  readonly model: ModelIdentity;
  readonly decoding: Decoding;
  /** Name of the dataset: problem ids are unique within it. */
  readonly dataset: string;
  readonly seed: number;
}

/** A problem as the pool knows it. Samples of the same id under another prompt hash are never returned. */
export interface PromptKey {
  readonly problem: string;
  /** `promptHash(problem.messages)`. */
  readonly promptHash: string;
}

/** Samples of one problem, as they come out of `LanguageModel.sample`. */
export interface SampleAppend extends PromptKey {
  readonly promptTokens: number;
  readonly samples: readonly Sample[];
  /** Engine seconds of the whole batch; each sample gets an equal share. NaN where it was not measured. */
  readonly seconds: number;
}

/** Samples 0 … size − 1 of one problem as parallel arrays of length `size`. */
export interface SampleColumns {
  readonly problem: string;
  readonly size: number;
  readonly promptTokens: number;
  readonly text: readonly string[];
  /** Response tokens, the end token included when it was drawn. */
  readonly tokens: Int32Array;
  readonly finish: readonly FinishReason[];
  /** Sum over the drawn tokens at temperature 1, nats. */
  readonly logProbability: Float64Array;
  /** Sum over the drawn tokens under the decoding law, nats. */
  readonly decodingLogProbability: Float64Array;
  /** Mean over the drawn tokens at temperature 1, nats; NaN where none was drawn. */
  readonly entropy: Float64Array;
  /** Mean over the drawn tokens at temperature 1; NaN where none was drawn. */
  readonly selfCertainty: Float64Array;
  /** Mean over the drawn tokens at temperature 1, in (0, 1]; NaN where none was drawn or the policy did not record it. */
  readonly gini: Float64Array;
  /** Each sample's share of its batch's engine seconds; NaN where not measured. */
  readonly seconds: Float64Array;
}

/** What is kept of a sample token by token; loaded on demand. */
export interface SampleTokens {
  readonly index: number;
  readonly tokens: Int32Array;
  readonly prefixLength: number;
  readonly statistics: TokenStatistics;
}

export interface RewardRow extends PromptKey {
  readonly index: number;
  /** NaN where the reward model failed: stored, and not asked for again. */
  readonly value: number;
  readonly tokens: number;
  /** This row's share of the engine's seconds; NaN where it was not measured. */
  readonly seconds: number;
}

/** Rewards of samples 0 … size − 1 of one problem, where `size` is the number of contiguous samples up to the limit. */
export interface RewardColumns {
  readonly problem: string;
  readonly size: number;
  /** 1 where a reward is stored, a failed one included; the other arrays hold NaN or 0 elsewhere. */
  readonly present: Uint8Array;
  readonly values: Float64Array;
  readonly tokens: Int32Array;
  readonly seconds: Float64Array;
}

/** What answers and grades depend on beside the response. */
export interface GradingIdentity {
  readonly extractor: string;
  readonly grader: string;
  /** `Dataset.version`: changes with a reference, the extractor or the grader. */
  readonly version: string;
}

export interface GradeRow extends PromptKey {
  readonly index: number;
  /** Answer key; null = unparsable. */
  readonly answer: string | null;
  /** In [0, 1]. */
  readonly grade: number;
}

/** Answers and grades of samples 0 … size − 1 of one problem. */
export interface GradeColumns {
  readonly problem: string;
  readonly size: number;
  /** 1 where a grade is stored. */
  readonly present: Uint8Array;
  /** Answer keys; null = unparsable, or not stored. */
  readonly answers: readonly (string | null)[];
  /** NaN where not stored. */
  readonly grades: Float64Array;
}

/**
 * Names one continuation among those of a pool key, whose `decoding` is the one it was drawn under (variants applied) and whose seed is
 * the one of its randomness. Prefix tokens, step and index complete the key; what else was continued in the same call does not.
 */
export interface ContinuationKey extends PromptKey {
  /** Response tokens that were continued; may be empty. */
  readonly prefix: Int32Array;
  readonly step: number;
  readonly index: number;
}

export interface ContinuationAppend extends ContinuationKey {
  readonly promptTokens: number;
  /** As drawn: its tokens begin with the prefix, its statistics are of the drawn ones. */
  readonly sample: Sample;
  /** Its share of the engine's seconds; NaN where not measured. */
  readonly seconds: number;
}

export interface Continuation {
  readonly sample: Sample;
  readonly promptTokens: number;
  readonly seconds: number;
}

/** What a reward model was given: rewards of equal content are equal, wherever the response came from. */
export interface RewardedContent {
  readonly promptHash: string;
  /** The response's text as the reward model read it. */
  readonly text: string;
  /** Whether the text was rewarded as unfinished: without the end token (`Pair.response.partial`). */
  readonly partial: boolean;
}

/** A reward as it is stored by content. */
export interface ContentReward {
  /** NaN where the reward model failed: stored, and not asked for again. */
  readonly value: number;
  readonly tokens: number;
  /** Its share of the engine's seconds; NaN where not measured. */
  readonly seconds: number;
}

export interface Embedding {
  readonly vector: Float32Array;
  /** Tokens of the prompt. */
  readonly tokens: number;
}

/** The distribution after a sample's last token. */
export interface AfterLastRow extends PromptKey {
  readonly index: number;
  readonly selfCertainty: number;
  /** Tokens that the model processed for it: prompt and response. */
  readonly tokens: number;
  readonly seconds: number;
}

/** Of samples 0 … size − 1 of one problem, where `size` is the number of contiguous samples up to the limit. */
export interface AfterLastColumns {
  readonly problem: string;
  readonly size: number;
  /** 1 where a row is stored; the other arrays hold NaN or 0 elsewhere. */
  readonly present: Uint8Array;
  readonly selfCertainty: Float64Array;
  readonly tokens: Int32Array;
  readonly seconds: Float64Array;
}

/** One pool key's holdings, for `ls` and `doctor`. */
export interface PoolSummary {
  readonly hash: string;
  readonly key: PoolKey;
  readonly problems: number;
  readonly samples: number;
  /** Completion tokens. */
  readonly tokens: number;
  readonly rewards: readonly { readonly model: ModelIdentity; readonly count: number }[];
  /** Continuations that procedures asked for. */
  readonly continuations: number;
}

export interface PoolInfo {
  readonly folder: string;
  readonly version: number;
  /** Bytes on disk. */
  readonly bytes: number;
  readonly pools: readonly PoolSummary[];
}

/**
 * The durable store. Append-only: what is stored is never rewritten, so appending the same (key, prompt, index) again
 * changes nothing. An append has reached the operating system before it returns: a process killed at any moment loses at
 * most the append in flight, and that one wholly. (PGlite does not wait for the disk: a power cut can cost the seconds that
 * the operating system had not written yet.)
 *
 * Throws `TouchstoneError`s of the families `pool` (another version, locked, damaged) and `storage` (disk full, folder
 * unwritable).
 */
export interface Pool extends AsyncDisposable {
  readonly folder: string;

  /** For each problem, how many samples are stored without a gap from index 0; 0 where there are none. */
  counts(key: PoolKey, problems: readonly PromptKey[]): Promise<Map<string, number>>;

  /** Stores all batches in one transaction; hundreds of samples a call are best. */
  appendSamples(key: PoolKey, batches: readonly SampleAppend[]): Promise<void>;

  /** Samples 0 … limit − 1 of each problem, fewer where fewer are stored without a gap. Keyed by problem id. */
  samples(key: PoolKey, problems: readonly PromptKey[], limit: number): Promise<Map<string, SampleColumns>>;

  /** Tokens and per-token statistics of samples 0 … limit − 1 of one problem, in index order. */
  sampleTokens(key: PoolKey, problem: PromptKey, limit: number): Promise<readonly SampleTokens[]>;

  /** Rewards of stored samples. Throws `unknown-sample` for a row whose sample is not stored. */
  appendRewards(key: PoolKey, rewardModel: ModelIdentity, rows: readonly RewardRow[]): Promise<void>;

  rewards(
    key: PoolKey,
    rewardModel: ModelIdentity,
    problems: readonly PromptKey[],
    limit: number,
  ): Promise<Map<string, RewardColumns>>;

  /** Indices below `limit` of stored samples without a stored reward, ascending; problems without any are left out. */
  missingRewards(
    key: PoolKey,
    rewardModel: ModelIdentity,
    problems: readonly PromptKey[],
    limit: number,
  ): Promise<Map<string, readonly number[]>>;

  /** Answers and grades of stored samples. Throws `unknown-sample` for a row whose sample is not stored. */
  appendGrades(key: PoolKey, grading: GradingIdentity, rows: readonly GradeRow[]): Promise<void>;

  grades(
    key: PoolKey,
    grading: GradingIdentity,
    problems: readonly PromptKey[],
    limit: number,
  ): Promise<Map<string, GradeColumns>>;

  /** What is stored of the given continuations, in their order; `undefined` where nothing is. Thousands a call are best. */
  continuations(key: PoolKey, wanted: readonly ContinuationKey[]): Promise<readonly (Continuation | undefined)[]>;

  /** Stores all rows in one transaction; thousands a call are best. */
  appendContinuations(key: PoolKey, rows: readonly ContinuationAppend[]): Promise<void>;

  /**
   * Rewards of contents (of continuations, of partial responses, of steps), in the order asked for; `undefined` where none is
   * stored. Thousands a call are best.
   */
  contentRewards(
    rewardModel: ModelIdentity,
    wanted: readonly RewardedContent[],
  ): Promise<readonly (ContentReward | undefined)[]>;

  appendContentRewards(rewardModel: ModelIdentity, rows: readonly (RewardedContent & ContentReward)[]): Promise<void>;

  /** A policy's embeddings of prompts, by `promptHash`; those not stored are left out. */
  embeddings(model: ModelIdentity, promptHashes: readonly string[]): Promise<Map<string, Embedding>>;

  appendEmbeddings(model: ModelIdentity, rows: readonly (Embedding & { readonly promptHash: string })[]): Promise<void>;

  /** What follows the last token of stored samples. Keyed by problem id. */
  afterLast(key: PoolKey, problems: readonly PromptKey[], limit: number): Promise<Map<string, AfterLastColumns>>;

  /** Throws `unknown-sample` for a row whose sample is not stored. */
  appendAfterLast(key: PoolKey, rows: readonly AfterLastRow[]): Promise<void>;

  info(): Promise<PoolInfo>;

  /** Finishes the append in flight, closes the store and gives the lock back. Safe to call twice. */
  close(): Promise<void>;
}

export interface OpenPoolOptions {
  readonly signal?: AbortSignal;
}
