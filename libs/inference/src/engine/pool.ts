import { interrupted, TouchstoneError } from "@touchstone/core";
import { Mailbox } from "./mailbox.ts";
import type { SessionSettings, Tensors } from "./protocol.ts";
import { type RunResult, WorkerProcess } from "./worker-process.ts";

/** One run of one graph. */
export interface Job<T> {
  /** What the job is of; handed back with its result. */
  readonly tag: T;
  readonly graph: { readonly key: string; readonly bytes: () => Uint8Array };
  /** Made when the job starts, so that waiting jobs hold no memory. */
  readonly feeds: () => Tensors;
  /** Expected work, in any unit: the longest jobs start first. */
  readonly cost: number;
  /** Bytes the run will hold beyond the weights. */
  readonly memory: number;
}

export interface PoolOptions {
  readonly settings: SessionSettings;
  readonly workers: number;
  /** Bytes that all runs under way may hold together, beyond the weights. */
  readonly runMemory: number;
}

interface Waiting {
  readonly job: Job<unknown>;
  readonly call: Call;
}

interface Call {
  readonly deliver: (job: Job<unknown>, result: RunResult) => void;
  readonly fail: (error: unknown) => void;
  over: boolean;
}

interface Slot {
  worker: WorkerProcess | undefined;
  running: Waiting | undefined;
}

/** How long a run may go on after nobody waits for it any more, before its worker is ended. */
const GRACE_MS = 1000;

/** Runs jobs on a fixed number of worker processes, each started when first needed. Which worker does what has no effect on results. */
export class EnginePool {
  #options: PoolOptions;
  readonly #slots: Slot[];
  #waiting: Waiting[] = [];
  #memoryInUse = 0;
  #peakMemoryBytes = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.workers }, () => ({ worker: undefined, running: undefined }));
  }

  /** Highest resident memory of all workers, as last reported by each. */
  get peakMemoryBytes(): number {
    return this.#peakMemoryBytes;
  }

  /** Results in the order in which they are finished. Leaving the loop early, an error or the signal withdraws what is not done. */
  async *run<T>(
    jobs: readonly Job<T>[],
    { signal, phase }: { readonly signal?: AbortSignal | undefined; readonly phase: string },
  ): AsyncGenerator<{ readonly job: Job<T>; readonly result: RunResult }> {
    this.#check(jobs);
    const mailbox = new Mailbox<{ job: Job<T>; result: RunResult }>();
    const call: Call = {
      over: false,
      deliver: (job, result) => mailbox.put({ job: job as Job<T>, result }),
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
    for (const slot of this.#slots) {
      if (slot.running !== undefined) continue;
      const free = this.#options.runMemory - this.#memoryInUse;
      const next = this.#waiting.findIndex(({ job }) => job.memory <= free);
      if (next < 0) return;
      const [waiting] = this.#waiting.splice(next, 1);
      void this.#start(slot, waiting!);
    }
  }

  async #start(slot: Slot, waiting: Waiting): Promise<void> {
    const { job, call } = waiting;
    slot.running = waiting;
    this.#memoryInUse += job.memory;
    if (slot.worker === undefined || slot.worker.dead) slot.worker = new WorkerProcess(this.#options.settings);
    try {
      const result = await slot.worker.run(job.graph.key, job.graph.bytes, job.feeds());
      if (!call.over) call.deliver(job, result);
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
