import type { ChatMessage } from "./problem.ts";
import type { Decoding, Sample, SampleRequest, TokenStatistics } from "./sample.ts";

/** Sizes counted from the weights, never from a name. */
export interface ModelSize {
  /** Every parameter of the file. */
  readonly total: number;
  /** Parameters that multiply an activation for every token: without input embeddings, with the output head. */
  readonly active: number;
  /** layers × attention heads × head width: attention costs 4 × this × context FLOPs per token. */
  readonly attentionWidth: number;
}

/** How the revision of weights begins that no file holds; the pool refuses models of such a revision. */
export const IN_MEMORY = "in-memory:";

/** What a key of the pool needs to know of a model: everything that changes what it draws (law 6). */
export interface ModelIdentity {
  /** Short name for tables: `arith`. */
  readonly name: string;
  /** sha256 (hex) over weights and config; begins with {@link IN_MEMORY} where no file holds the weights. */
  readonly revision: string;
  readonly dtype: string;
  /** sha256 (hex) over tokenizer and chat template. */
  readonly templateHash: string;
  /** Execution provider: `cpu`, `webgpu`, `cuda`. */
  readonly provider: string;
  /** `onnxruntime-node@1.30.0`. */
  readonly runtime: string;
  /** sha256 (hex) of the graph, with the options it was built by. */
  readonly graphHash: string;
  /** Rows per tile (law 2). */
  readonly tile: number;
}

/** A problem's prompt, with a response given as tokens (of the sampling policy) and text. */
export interface Pair {
  readonly messages: readonly ChatMessage[];
  readonly response: {
    readonly text: string;
    readonly tokens?: Int32Array;
    /** The text goes on: no end token follows it where it is read as text. Default false. */
    readonly partial?: boolean;
  };
}

export interface SampleOptions {
  readonly signal?: AbortSignal;
  /** Called with the number of newly drawn tokens and samples as work proceeds. */
  readonly onProgress?: (progress: { readonly tokens: number; readonly samples: number }) => void;
}

/** The drawn samples of one request (or of one tile of it) in index order, with the prompt's length. */
export interface SampleBatch {
  /** Position of the request in the list given to `sample`. */
  readonly request: number;
  readonly promptTokens: number;
  readonly samples: readonly Sample[];
  /** Seconds of engine time that this batch took, summed over workers. */
  readonly seconds: number;
}

/**
 * What a language model can be asked for beyond drawing whole responses. A model without `capabilities` can do everything: those on
 * this machine can. What is missing is said before anything is drawn (`missing-capability`), and never made up.
 */
export interface ModelCapabilities {
  /** Continues a response from its first tokens: `SampleRequest.prefix`. */
  readonly continuation: boolean;
  /** Log-probabilities of given responses: `LanguageModel.score`. */
  readonly score: boolean;
  /** Hidden states of prompts: `LanguageModel.embed`. */
  readonly embed: boolean;
  /**
   * `full`: every statistic of {@link TokenStatistics}. `top-k`: log-probabilities of the drawn tokens, and of a few others at most:
   * entropy, self-certainty, Gini and top confidence are NaN. `none`: not even those.
   */
  readonly tokenStatistics: "full" | "top-k" | "none";
  /** Draws the same again under the same seed, as far as the server promises that. */
  readonly seeds: boolean;
  /** Says which tokens a response has, and not only how many. */
  readonly tokens: boolean;
}

/** A policy. */
export interface LanguageModel {
  readonly identity: ModelIdentity;
  readonly size: ModelSize;
  /** Tokens that a prompt and its response may have together; absent where that is not known. */
  readonly contextLength?: number;
  /** Absent: it can do everything. */
  readonly capabilities?: ModelCapabilities;
  /** Batches arrive as they are finished, in any order; each holds whole tiles. Surplus rows of a last tile are included. */
  sample(requests: readonly SampleRequest[], options?: SampleOptions): AsyncIterable<SampleBatch>;
  /**
   * Teacher-forced statistics of given responses. With `afterLast`, `entropy`, `selfCertainty`, `gini` and `topConfidence` are
   * one longer than the response: their last entry is of the distribution that follows its last token.
   */
  score(
    pairs: readonly Pair[],
    options?: { signal?: AbortSignal; afterLast?: boolean },
  ): Promise<readonly TokenStatistics[]>;
  /** Final-norm hidden state of each prompt's last token. */
  embed(
    prompts: readonly (readonly ChatMessage[])[],
    options?: { signal?: AbortSignal },
  ): Promise<readonly Float32Array[]>;
  /**
   * Where lines end within response tokens: ascending token counts k such that the text of the first k tokens completes the
   * delimiter with its k-th token. The end token ends no line.
   */
  lineEnds(tokens: Int32Array, delimiter: string): Int32Array;
  /** Number of tokens of the prompt after the chat template; NaN where a server has not been asked yet. */
  promptLength(messages: readonly ChatMessage[]): number;
  /** Of a server: asks what `promptLength` of these prompts is. */
  readPrompts?(prompts: readonly (readonly ChatMessage[])[], options?: { signal?: AbortSignal }): Promise<void>;
  /** Of a server: requests that drawing so many samples of one problem takes. */
  requestsFor?(count: number, decoding: Decoding): number;
  close(): Promise<void>;
}
