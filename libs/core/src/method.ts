import type { ZodType } from "zod";
import type { Budget } from "./budget.ts";
import type { ProblemView } from "./problem.ts";
import type { Decoding, FinishReason, TokenStatistics } from "./sample.ts";
import type { Stream } from "./stream.ts";

/** Where a method comes from. `provenance` says how well its description is known to us (see the method's page). */
export interface Reference {
  readonly title: string;
  readonly authors: string;
  readonly year: number;
  /** arXiv id, DOI or URL. */
  readonly source?: string;
}

/** What a method must be given. Plan uses it to know what to draw and to score. */
export interface Needs {
  /** `one`: the method is run once per reward model; `all`: it sees every reward model at once. */
  readonly rewards: "none" | "one" | "all";
  /** Whether it reads answer classes (needs a dataset with an extractor). */
  readonly answers: boolean;
  /** The most samples it can use, whatever the budget: 1 for a single sample. */
  readonly atMost?: number;
  /** A decoding other than the suite's, as changes to it: greedy asks for `{ temperature: 0 }`. */
  readonly decoding?: Partial<Pick<Decoding, "temperature" | "topK" | "topP">>;
  /** Reads `DrawnView.statistics`, always or with these parameters: loading every token's statistics is not free. */
  readonly tokenStatistics?: boolean | ((parameters: never) => boolean);
  /** Reads `DrawnView.logProbability`, or the log-probabilities of tokens. */
  readonly logProbabilities?: boolean | ((parameters: never) => boolean);
  /** Reads what only the whole distribution of a token tells: entropy, self-certainty, Gini, top confidence. */
  readonly distributions?: boolean | ((parameters: never) => boolean);
  /** Whether these parameters make it read `DrawnView.afterLast`, which costs one forward pass over every response. */
  readonly afterLast?: (parameters: never) => boolean;
  /**
   * Continues responses (`Access.continue`): runs on a model; what was continued is kept, and replayed from then on. A function
   * where it depends on the parameters: a chain that proposes whole draws replays from the pool.
   */
  readonly continues?: boolean | ((parameters: never) => boolean);
  /** Where the method can only abstain: said before anything is drawn. */
  readonly undefinedAt?: UndefinedAt<never>;
  /** Whether these parameters make a method with `fit` learn; without it always. One that does not needs no labelled problems. */
  readonly learns?: (parameters: never) => boolean;
  /** Asks for prompt embeddings (`Access.embed`). */
  readonly embeds?: boolean;
  /** Spends one budget over several problems: it is given a batch, and the budget's scope must be `batch`. */
  readonly batch?: boolean;
  /**
   * The most samples of one problem where `batchSize` problems share a budget of `amount` samples each; without it `amount`. The pool
   * has to hold so many.
   */
  readonly mostOfOne?: (parameters: never, amount: number, batchSize: number) => number;
}

/** Why a method cannot decide, whatever is drawn, with these parameters at a budget; undefined where it may. */
export type UndefinedAt<P> = (parameters: P, budget: Budget) => string | undefined;

/** The values that validation may choose a parameter from. */
export type Knob =
  | { readonly scale: "log" | "linear"; readonly from: number; readonly to: number }
  | { readonly scale: "choice"; readonly values: readonly unknown[] };

/** How a method is tuned (law 3): the same number of trials for every method, spread evenly over its knobs. */
export interface Search {
  readonly knobs: Readonly<Record<string, Knob>>;
  /** Parameters that every trial shares and that may differ from the defaults, such as `unit: "sd"`. */
  readonly fixed?: Readonly<Record<string, unknown>>;
}

export interface MethodFace<P> {
  /** Registered name, kebab-case: `best-of-n`. */
  readonly name: string;
  /** One line for `ls methods`. */
  readonly summary: string;
  readonly reference: Reference;
  readonly needs: Needs;
  /** Schema with the paper's (or the field's) defaults; knows every parameter and refuses others. */
  readonly parameters: ZodType<P>;
  /** Absent: nothing to tune. */
  readonly search?: Search;
}

/**
 * `rouge-1`: F1 of the overlap of word multisets (Lin 2004, ROUGE-1; lower-cased words, no stemming). `equality`: 1 where the
 * answer classes are equal, else 0; unparsable responses equal nothing but themselves.
 */
export type Similarity = "rouge-1" | "equality";

/** One problem's draws as parallel arrays of length `size`. Read-only; arrays are reused between calls: copy what you keep. */
export interface DrawnView {
  readonly problem: ProblemView;
  readonly size: number;
  /** Answer class of each sample; −1 = unparsable. Equal classes are equal answers; the numbers carry no order. */
  readonly answers: Int32Array;
  /** Ids of the reward models whose rewards can be read. */
  readonly rewardModels: readonly string[];
  /** Rewards by the given model, by default the only one; NaN = the reward model failed. */
  rewards(model?: string): Float64Array;
  /**
   * The median over problems of the within-problem standard deviation of the model's rewards (> 0; 1 where all are equal): the
   * unit in which temperatures such as β are comparable between reward models. Computed without grades.
   */
  rewardScale(model?: string): number;
  /** Sum of token log-probabilities at temperature 1. */
  readonly logProbability: Float64Array;
  /** Mean token entropy at temperature 1, nats. */
  readonly entropy: Float64Array;
  /** Mean token self-certainty at temperature 1. */
  readonly selfCertainty: Float64Array;
  /** Mean token Gini concentration Σ p² at temperature 1, in (0, 1]; NaN where it was not recorded. */
  readonly gini: Float64Array;
  /** Statistics of every token of a sample. Only for a method whose `needs.tokenStatistics` is set. */
  statistics(index: number): TokenStatistics;
  /**
   * Self-certainty of the distribution that follows each response's last token. Only for a method whose
   * `needs.afterLast` says so of its parameters.
   */
  readonly afterLast?: Float64Array;
  /** How alike the responses i and j are, in [0, 1], symmetric; computed once per pair and kept. */
  similarity(measure: Similarity): (i: number, j: number) => number;
  /** Completion tokens. */
  readonly tokens: Int32Array;
  /** 1 where the response was cut at the length cap. */
  readonly truncated: Uint8Array;
  text(index: number): string;
}

/** Named numbers a method reports about a decision; averaged into diagnostics.csv. */
export type Diagnostics = Readonly<Record<string, number>>;

/**
 * Weights over the drawn samples (length `size`, non-negative, sum 1): the law of the sample that is answered with. Ties
 * share the mass. Or abstained, where no decision exists (no parsable answer, no valid reward).
 */
export type Selection =
  | { readonly kind: "selected"; readonly weights: Float64Array; readonly diagnostics?: Diagnostics }
  | { readonly kind: "abstained"; readonly reason: string; readonly diagnostics?: Diagnostics };

/** A pure, synchronous method: drawn samples → weights. Does not depend on the order of the draws. */
export interface Selector<P = unknown> extends MethodFace<P> {
  readonly kind: "selector";
  select(drawn: DrawnView, parameters: P, random: Stream): Selection;
  /**
   * Exact mean weight of each pooled sample over all subsets of size n, where a closed form exists; with the probability
   * of abstention as the missing mass.
   */
  expectation?(pool: DrawnView, n: number, parameters: P): Float64Array;
}

/** Names a drawn sample within a run. */
export type SampleId = string;

/** A drawn sample as a procedure sees it: no grade. */
export interface Drawn {
  readonly id: SampleId;
  readonly problem: ProblemView;
  readonly text: string;
  readonly tokenCount: number;
  /** Answer class within the problem; −1 = unparsable. */
  readonly answer: number;
  readonly truncated: boolean;
  readonly finish: FinishReason;
  /** Sum over the whole response, continued prefix included. */
  readonly logProbability: number;
  readonly entropy: number;
  readonly selfCertainty: number;
  /** Of every token of the response: arrays of length `tokenCount`, a continued prefix with what it was drawn with. */
  readonly statistics: TokenStatistics;
  /**
   * For each line that ends within the response, the number of tokens up to and including its end, ascending. A line ends with
   * the dataset's step delimiter (by default a line break).
   */
  readonly lineEnds: Int32Array;
}

/**
 * Where a response is cut: its first `keep` tokens or lines stay, 0 ≤ keep. The end token counts as a token, so a finished
 * response of T tokens (end included) can be cut at 0 … T − 1 and continued; keeping a whole unfinished one carries on with it.
 */
export interface Cut {
  readonly unit: "token" | "line";
  readonly keep: number;
}

/** Changes to the suite's decoding. `stopAtLine`: the response also ends where its first new line ends, delimiter kept. */
export type DeclaredVariant = Partial<Pick<Decoding, "temperature" | "topK" | "topP" | "maxTokens" | "stop">> & {
  readonly stopAtLine?: boolean;
};

/** All that a procedure may do. Every act is entered in the ledger; an act beyond the budget throws `over-budget`. */
export interface Access {
  readonly budget: Budget;
  /** What a draw without a variant is drawn with; its `maxTokens` caps every response. */
  readonly decoding: Decoding;
  /** Names of the reward models that may be asked. */
  readonly rewardModels: readonly string[];
  /** As in `DrawnView`. */
  rewardScale(model?: string): number;
  /** What was spent on a problem so far, in the budget's unit. */
  spent(problem: ProblemView): number;
  /**
   * What one more draw of `tokens` tokens would cost a problem, in the budget's unit: its prompt included where that is not paid for yet,
   * and with `rewardedBy` its reward, a reward model being taken to count tokens as the policy does. Exact but for that. NaN where
   * the models do not say how large they are.
   */
  costOfDraw(problem: ProblemView, tokens: number, rewardedBy?: string): number;
  draw(
    requests: readonly { readonly problem: ProblemView; readonly count: number; readonly decoding?: DeclaredVariant }[],
  ): Promise<readonly (readonly Drawn[])[]>;
  continue(
    requests: readonly {
      readonly parent: SampleId;
      readonly cut: Cut;
      readonly count?: number;
      readonly decoding?: DeclaredVariant;
    }[],
  ): Promise<readonly (readonly Drawn[])[]>;
  /** Rewards of responses, finished or not; `model` by default the only one. NaN = the reward model failed. */
  reward(drawn: readonly Drawn[], model?: string): Promise<Float64Array>;
  /** For each response, the reward of the prefix that ends with each of its lines, and last that of the whole. */
  stepRewards(drawn: readonly Drawn[], model?: string): Promise<readonly Float64Array[]>;
  score(drawn: readonly Drawn[]): Promise<readonly TokenStatistics[]>;
  embed(problems: readonly ProblemView[]): Promise<readonly Float32Array[]>;
  /**
   * The stream of a purpose. One that serves a problem names it (`walk p7`): which problems are decided together must change
   * nothing.
   */
  random(purpose: string): Stream;
  readonly signal: AbortSignal;
}

/** A procedure's answer for one problem: weights over samples it drew (sum 1), or abstained. */
export type Decision =
  | {
      readonly kind: "decided";
      readonly weights: readonly { readonly id: SampleId; readonly weight: number }[];
      readonly diagnostics?: Diagnostics;
    }
  | { readonly kind: "abstained"; readonly reason: string; readonly diagnostics?: Diagnostics };

/** Problems of the train (or validation) split whose grades a method may learn from. */
export interface LabelledStream {
  readonly problems: readonly ProblemView[];
  /** Gold scores in [0, 1] of samples that were drawn for these problems through the same access. */
  grades(drawn: readonly Drawn[]): Promise<Float64Array>;
}

/** What a state of `fit` may carry for the tables: named curves over the labelled problems, such as cumulative regret. */
export interface Curves {
  readonly curves?: Readonly<Record<string, readonly number[]>>;
}

/** An asynchronous method that decides what to draw next. */
export interface Procedure<P = unknown, S = unknown> extends MethodFace<P> {
  readonly kind: "procedure";
  /**
   * Learns from labelled problems, once per (model, dataset, parameters, budget) and before any decision, unless `needs.learns` says
   * that these parameters do not; its spending is
   * reported apart. Grades reach a method here and nowhere else. A state may carry `Curves`.
   */
  fit?(train: LabelledStream, access: Access, parameters: P): Promise<S>;
  /** `state`: what `fit` returned; `undefined` where there was nothing to learn. */
  decide(problems: readonly ProblemView[], access: Access, parameters: P, state: S): Promise<readonly Decision[]>;
}

export type Method = Selector | Procedure;

/** Types a selector without repeating its parameter type. */
export function defineSelector<P>(selector: Omit<Selector<P>, "kind">): Selector<P> {
  return { kind: "selector", ...selector };
}

/** Types a procedure without repeating its parameter type. */
export function defineProcedure<P, S = undefined>(procedure: Omit<Procedure<P, S>, "kind">): Procedure<P, S> {
  return { kind: "procedure", ...procedure };
}
