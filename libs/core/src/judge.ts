import type { ModelIdentity, ModelSize } from "./language-model.ts";
import type { ChatMessage } from "./problem.ts";

/** Two responses to one prompt. */
export interface ComparedPair {
  readonly messages: readonly ChatMessage[];
  readonly first: string;
  readonly second: string;
}

/** A judge's opinion of two responses, asked for in both orders. */
export interface Preference {
  /** Probability that the first response is the better one: the mean of both orders, in [0, 1]. NaN where the judge failed in one of them. */
  readonly value: number;
  /** The same where the first response was shown first, and where it was shown second: how far they differ is the bias of position. */
  readonly shownFirst: number;
  readonly shownSecond: number;
  /** Tokens that the judge processed for both orders. */
  readonly tokens: number;
}

/** Compares two responses. A proxy, unless a dataset says that it is what grades. */
export interface Judge {
  readonly identity: ModelIdentity;
  readonly size: ModelSize;
  compare(pairs: readonly ComparedPair[], options?: { readonly signal?: AbortSignal }): Promise<readonly Preference[]>;
  close(): Promise<void>;
}
