import { interrupted, TouchstoneError } from "@touchstone/core";
import { Mailbox } from "./mailbox.ts";
import { PrefixIndex } from "./prefixes.ts";
import type { Past, SessionSettings, Tensors } from "./protocol.ts";
import { type RunResult, WorkerProcess } from "./worker-process.ts";

/** One run of one graph. */
export interface Job<T> {
  /** What the job is of; handed back with its result. */
  readonly tag: T;
  readonly graph: { readonly key: string; readonly bytes: () => Uint8Array };
  /** Made when the job starts, so that waiting jobs hold no memory. @param held by context of {@link resumes}, tokens not to be fed */
  readonly feeds: (held: readonly number[]) => Tensors;
  /** Of a graph that resumes. */
  readonly resumes?: Resumable;
  /** The worker that should run it, because it keeps what the job goes on from; another one that has nothing else to do runs it too. */
  readonly home?: number | undefined;
  /** Expected work, in any unit: the longest jobs start first. */
  readonly cost: number;
  /** Bytes the run will hold beyond the weights. */
  readonly memory: number;
}

/** What a run goes on from, and what can go on from it. */
interface Resumable {
  /** By row, or once for all rows, the tokens before those to be drawn. The last is always read, because the law after it is wanted. */
  readonly contexts: readonly Int32Array[];
  /** Numbers that a token's keys and values take. */
  readonly width: number;
  /** By row, the tokens drawn. */
  readonly drawn: (outputs: Tensors) => readonly Int32Array[];
}

interface Finished<T> {
  readonly job: Job<T>;
  readonly result: RunResult;
  /** Tokens of the job's contexts whose keys and values were kept from earlier runs. */
  readonly reused: number;
}

export interface PoolOptions {
  readonly settings: SessionSettings;
  readonly workers: number;
  /** Bytes that all runs under way may hold together, beyond the weights. */
  readonly runMemory: number;
  /** Bytes of keys and values that each worker keeps for later runs. */
  readonly prefixMemory: number;
}

interface Waiting {
  readonly job: Job<unknown>;
  readonly call: Call;
}

interface Call {
  readonly deliver: (finished: Finished<unknown>) => void;
  readonly fail: (error: unknown) => void;
  over: boolean;
}

interface Slot {
  worker: WorkerProcess | undefined;
  running: Waiting | undefined;
  /** What the worker keeps. */
  prefixes: PrefixIndex | undefined;
}

/** How long a run may go on after nobody waits for it any more, before its worker is ended. */
const GRACE_MS = 1000;

/** Runs jobs on a fixed number of worker processes, each started when first needed. Which worker does what has no effect on results but for rounding. */
export class EnginePool {
  #options: PoolOptions;
  readonly #slots: Slot[];
  #waiting: Waiting[] = [];
  #memoryInUse = 0;
  #peakMemoryBytes = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.workers }, () => ({
      worker: undefined,
      running: undefined,
      prefixes: undefined,
    }));
  }

  /** Highest resident memory of all workers, as last reported by each. */
  get peakMemoryBytes(): number {
    return this.#peakMemoryBytes;
  }

  /** By worker, how many of a sequence's first tokens it keeps. */
  held(tokens: Int32Array): number[] {
    return this.#slots.map(({ worker, prefixes }) => (worker?.dead === false ? (prefixes?.held(tokens) ?? 0) : 0));
  }

  /** Results in the order in which they are finished. Leaving the loop early, an error or the signal withdraws what is not done. */
  async *run<T>(
    jobs: readonly Job<T>[],
    { signal, phase }: { readonly signal?: AbortSignal | undefined; readonly phase: string },
  ): AsyncGenerator<Finished<T>> {
    this.#check(jobs);
    const mailbox = new Mailbox<Finished<T>>();
    const call: Call = {
      over: false,
      deliver: (finished) => mailbox.put(finished as Finished<T>),
      fail: (error) => mailbox.fail(error),
    };
    const abort = () => call.fail(interrupted(phase));
    if (signal?.aborted) throw interrupted(phase);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      this.#waiting.push(...jobs.map((job) => ({ job, call })));
      this.#waiting.sort((a, b) => b.job.cost - a.job.cost);
      this.#dispatch();
      for (let delivered = 0; delivered < jobs.length; delivered++) yield await mailbox.take();
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#withdraw(call);
    }
  }

  /**
   * Later runs read their weights by these settings; the sessions open so far are closed.
   * @throws TouchstoneError `model-busy` while runs are wanted, `model-closed`
   */
  async reopen(settings: SessionSettings): Promise<void> {
    if (this.#closed) throw closedError();
    if (this.#waiting.length > 0 || this.#slots.some(({ running }) => running?.call.over === false)) throw busyError();
    this.#options = { ...this.#options, settings };
    for (const slot of this.#slots) slot.prefixes = undefined;
    await Promise.all(
      this.#slots.map(({ worker, running }) =>
        // A run that nobody waits for any more is not worth waiting for either.
        running === undefined ? worker?.open(settings) : worker?.kill(),
      ),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { call } of this.#waiting) call.fail(closedError());
    this.#waiting = [];
    await Promise.all(this.#slots.map(({ worker }) => worker?.stop()));
  }

  #check(jobs: readonly Job<unknown>[]): void {
    if (this.#closed) throw closedError();
    const { runMemory } = this.#options;
    const largest = jobs.reduce((most, { memory }) => Math.max(most, memory), 0);
    if (largest <= runMemory) return;
    throw new TouchstoneError({
      code: "memory-limit",
      family: "engine",
      what: `One run needs about ${mebibytes(largest)} MiB beside the weights, ${mebibytes(runMemory)} MiB are left under the memory limit; a tile is never split.`,
      value: `${mebibytes(largest)} MiB`,
      fix: "Raise the memory limit, or declare a smaller tile (the tile is part of the samples' key) or a smaller length cap.",
    });
  }

  #dispatch(): void {
    for (const [worker, slot] of this.#slots.entries()) {
      if (slot.running !== undefined) continue;
      const free = this.#options.runMemory - this.#memoryInUse;
      const fits = ({ job }: Waiting) => job.memory <= free;
      const own = this.#waiting.findIndex((one) => fits(one) && (one.job.home ?? worker) === worker);
      const next = own < 0 ? this.#waiting.findIndex(fits) : own;
      if (next < 0) return;
      const [waiting] = this.#waiting.splice(next, 1);
      void this.#start(slot, waiting!);
    }
  }

  async #start(slot: Slot, waiting: Waiting): Promise<void> {
    const { job, call } = waiting;
    slot.running = waiting;
    this.#memoryInUse += job.memory;
    if (slot.worker === undefined || slot.worker.dead) {
      slot.worker = new WorkerProcess(this.#options.settings);
      slot.prefixes = undefined;
    }
    const process = slot.worker;
    try {
      const past = job.resumes && this.#past(slot, job.resumes);
      const held = past?.rows.map(({ length }) => length) ?? [];
      const result = await process.run(job.graph.key, job.graph.bytes, job.feeds(held), past);
      if (job.resumes !== undefined && slot.worker === process) keep(slot, process, job.resumes, held, result);
      if (!call.over) call.deliver({ job, result, reused: held.reduce((sum, tokens) => sum + tokens, 0) });
    } catch (error) {
      call.fail(error);
    } finally {
      this.#peakMemoryBytes = Math.max(
        this.#peakMemoryBytes,
        this.#slots.reduce((sum, { worker }) => sum + (worker?.peakMemoryBytes ?? 0), 0),
      );
      slot.running = undefined;
      this.#memoryInUse -= job.memory;
      if (!this.#closed) this.#dispatch();
    }
  }

  #past(slot: Slot, { contexts, width }: Resumable): Past {
    const capacity = Math.floor(this.#options.prefixMemory / (4 * width));
    const prefixes = (slot.prefixes ??= new PrefixIndex(capacity));
    return { width, capacity, rows: contexts.map((tokens) => prefixes.take(tokens, tokens.length - 1)) };
  }

  #withdraw(call: Call): void {
    call.over = true;
    this.#waiting = this.#waiting.filter((waiting) => waiting.call !== call);
    for (const slot of this.#slots) {
      const orphan = slot.running;
      if (orphan?.call !== call) continue;
      const timer = setTimeout(() => {
        if (slot.running === orphan) void slot.worker?.kill();
      }, GRACE_MS);
      timer.unref();
    }
  }
}

/** Keeps what a run read and drew for later ones; of the last token drawn nobody will ask. */
function keep(
  { prefixes }: Slot,
  worker: WorkerProcess,
  { contexts, drawn }: Resumable,
  held: readonly number[],
  { outputs }: RunResult,
): void {
  const rows = drawn(outputs).map((tokens, row) => {
    const at = contexts.length === 1 ? 0 : row;
    const [context, known] = [contexts[at]!, held[at]!];
    const sequence = new Int32Array(context.length + Math.max(0, tokens.length - 1));
    sequence.set(context);
    sequence.set(tokens.subarray(0, -1), context.length);
    const places = prefixes?.put(sequence, known) ?? new Int32Array();
    return { read: places.subarray(0, context.length - known), drawn: places.subarray(context.length - known) };
  });
  worker.keep(rows);
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}

function busyError(): TouchstoneError {
  return new TouchstoneError({
    code: "model-busy",
    family: "engine",
    what: "The weights of a model cannot be replaced while it is drawing or scoring.",
    fix: "Wait for what was asked of it, or abort it.",
  });
}

function closedError(): TouchstoneError {
  return new TouchstoneError({
    code: "model-closed",
    family: "engine",
    what: "The model was closed.",
    fix: "Load it again before using it.",
  });
}
