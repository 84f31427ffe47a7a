import { inspectPool, openPool, POOL_VERSION, type Pool } from "@touchstone/pool";

export { openPool };

/** The pool to plan on: the one that is there, or an empty one, so that planning makes no folder. */
export async function poolToPlanOn(folder: string, signal: AbortSignal): Promise<Pool> {
  const { state } = inspectPool(folder);
  return state === "absent" || state === "unfinished" ? new EmptyPool(folder) : openPool(folder, { signal });
}

/** A pool without anything in it, for reading. */
class EmptyPool implements Pool {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  counts = async () => new Map<string, never>();
  samples = async () => new Map<string, never>();
  sampleTokens = async () => [];
  rewards = async () => new Map<string, never>();
  missingRewards = async () => new Map<string, never>();
  grades = async () => new Map<string, never>();
  continuations = async (_: unknown, wanted: readonly unknown[]) => wanted.map(() => undefined);
  contentRewards = async (_: unknown, wanted: readonly unknown[]) => wanted.map(() => undefined);
  embeddings = async () => new Map<string, never>();
  afterLast = async () => new Map<string, never>();
  info = async () => ({ folder: this.folder, version: POOL_VERSION, bytes: 0, pools: [] });
  appendSamples = refuse;
  appendRewards = refuse;
  appendGrades = refuse;
  appendContinuations = refuse;
  appendContentRewards = refuse;
  appendEmbeddings = refuse;
  appendAfterLast = refuse;
  close = async () => undefined;
  [Symbol.asyncDispose] = async () => undefined;
}

function refuse(): Promise<never> {
  return Promise.reject(new Error("a plan writes nothing into a pool"));
}
