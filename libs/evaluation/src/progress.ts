/** What a run is doing. */
export type Phase = "samples" | "grades" | "rewards" | "procedures" | "evaluate" | "allocation";

/** Sent as work proceeds; `done` counts what is on disk. */
export interface ProgressEvent {
  readonly phase: Phase;
  /** What is worked on: `arith on arith/test, t=1,…` or a reward model's name. */
  readonly subject: string;
  readonly done: number;
  readonly total: number;
  /** Tokens processed in this phase so far. */
  readonly tokens: number;
  /** Seconds since this phase of this subject began. */
  readonly seconds: number;
  /** Undefined before the first tokens. */
  readonly tokensPerSecond?: number;
  /** Rewards that failed in this phase so far. */
  readonly failed: number;
}

export interface WorkOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: ProgressEvent) => void;
}
