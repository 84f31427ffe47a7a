import {
  decodingId,
  TouchstoneError,
  type LanguageModel,
  type ModelIdentity,
  type ModelSize,
  type RewardModel,
} from "@touchstone/core";
import type { Imported } from "./import-record.ts";

/** A file of responses does not say how large the model was: FLOPs are undefined, not zero. */
const UNKNOWN_SIZE: ModelSize = { total: Number.NaN, active: Number.NaN, attentionWidth: Number.NaN };

/** The policy of an import: its samples lie in the pool, and no more can be drawn. */
export class RecordedLanguageModel implements LanguageModel {
  readonly identity: ModelIdentity;
  readonly size = UNKNOWN_SIZE;
  /** Holds the record of the import. */
  readonly folder: string;
  readonly #imported: Imported;

  constructor(imported: Imported) {
    this.identity = imported.identity;
    this.folder = imported.folder;
    this.#imported = imported;
  }

  sample(): never {
    throw recordedOnly(this.#imported, "more samples");
  }

  score(): Promise<never> {
    return Promise.reject(recordedOnly(this.#imported, "log-probabilities"));
  }

  embed(): Promise<never> {
    return Promise.reject(recordedOnly(this.#imported, "prompt embeddings"));
  }

  lineEnds(): never {
    throw recordedOnly(this.#imported, "the ends of lines in tokens");
  }

  /** 0: not counted, because the tokenizer is not known. */
  promptLength(): number {
    return 0;
  }

  async close(): Promise<void> {}
}

/** A reward model of an import: its rewards lie in the pool. */
export class RecordedRewardModel implements RewardModel {
  readonly identity: ModelIdentity;
  /** Nobody has planted a flaw in it. */
  readonly planted?: string;
  readonly size = UNKNOWN_SIZE;
  readonly folder: string;
  readonly #imported: Imported;

  constructor(imported: Imported, identity: ModelIdentity) {
    this.identity = identity;
    this.folder = imported.folder;
    this.#imported = imported;
  }

  reward(): Promise<never> {
    return Promise.reject(recordedOnly(this.#imported, `rewards of ${this.identity.name} for other responses`));
  }

  async close(): Promise<void> {}
}

/** The error of asking an import for what it does not hold; `wanted`: what it was asked for. */
export function recordedOnly(
  { name, decoding, samplesPerProblem }: Pick<Imported, "name" | "decoding" | "samplesPerProblem">,
  wanted: string,
): TouchstoneError {
  const { fewest } = samplesPerProblem;
  return new TouchstoneError({
    code: "recorded-only",
    family: "usage",
    what: `${name} was imported, so nothing can be drawn or computed with it.`,
    value: wanted,
    fix:
      `It holds ${fewest} ${fewest === 1 ? "sample" : "samples"} of every problem, drawn with ${decodingId(decoding)} under seed 0. ` +
      "Leave out methods that need more (greedy, or whatever continues a response), other decodings and other seeds.",
  });
}
