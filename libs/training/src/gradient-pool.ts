import { Worker } from "node:worker_threads";
import type { LlamaConfig, ModelKind } from "./config.ts";
import type { InputData } from "./gradient-function.ts";
import type { LossName } from "./losses.ts";
import { parameterLayout } from "./parameters.ts";

/** What a worker is born with. */
export interface GradientSetup {
  readonly config: LlamaConfig;
  readonly kind: ModelKind;
  readonly loss: LossName;
  readonly trainable: readonly string[];
  readonly parameters: SharedArrayBuffer;
  /** One buffer per shard. */
  readonly gradients: readonly SharedArrayBuffer[];
}

export interface GradientJob {
  readonly shard: number;
  readonly inputs: Readonly<Record<string, InputData>>;
}

export type GradientReply = { readonly shard: number } & ({ readonly loss: number } | { readonly error: string });

export interface GradientPoolOptions extends Pick<GradientSetup, "config" | "kind" | "loss" | "trainable"> {
  readonly shards: number;
  readonly threads: number;
}

/**
 * Gradients of a batch cut into shards, each computed whole by one single-threaded jax-js in a worker thread. The shards are summed in
 * their order, so the number of threads never changes a bit of the result. (Splitting the batch is faster than jax-js's own pool of
 * threads, which splits every kernel and waits for a message per kernel.)
 */
export class GradientPool implements AsyncDisposable {
  /** The flat parameter vector; write it between calls. */
  readonly parameters: Float32Array<SharedArrayBuffer>;
  readonly #workers: readonly Worker[];
  readonly #gradients: readonly Float32Array<SharedArrayBuffer>[];

  constructor(options: GradientPoolOptions) {
    const { size } = parameterLayout(options.config, options.kind);
    const buffer = (): SharedArrayBuffer => new SharedArrayBuffer(size * Float32Array.BYTES_PER_ELEMENT);
    const setup: GradientSetup = {
      config: options.config,
      kind: options.kind,
      loss: options.loss,
      trainable: options.trainable,
      parameters: buffer(),
      gradients: Array.from({ length: options.shards }, buffer),
    };
    this.parameters = new Float32Array(setup.parameters);
    this.#gradients = setup.gradients.map((shared) => new Float32Array(shared));
    this.#workers = Array.from({ length: Math.min(options.threads, options.shards) }, () => {
      // No inherited flags: a test runner's loaders would be started again in every thread.
      const worker = new Worker(new URL("./gradient-worker.ts", import.meta.url), { workerData: setup, execArgv: [] });
      worker.setMaxListeners(0);
      return worker;
    });
  }

  /** Adds the shards' gradients into `gradient` (overwritten) and returns the sum of their losses. */
  async compute(shards: readonly GradientJob["inputs"][], gradient: Float32Array): Promise<number> {
    const shardLosses = await Promise.all(shards.map((inputs, shard) => this.#run({ shard, inputs })));
    gradient.set(this.#gradients[0]!);
    for (let shard = 1; shard < shards.length; shard++) {
      const part = this.#gradients[shard]!;
      for (let i = 0; i < gradient.length; i++) gradient[i] = gradient[i]! + part[i]!;
    }
    return shardLosses.reduce((sum, loss) => sum + loss, 0);
  }

  #run(job: GradientJob): Promise<number> {
    const worker = this.#workers[job.shard % this.#workers.length]!;
    return new Promise((resolve, reject) => {
      const answer = (reply: GradientReply): void => {
        if (reply.shard !== job.shard) return;
        done();
        if ("error" in reply) reject(new Error(`gradient of shard ${job.shard}: ${reply.error}`));
        else resolve(reply.loss);
      };
      const fail = (error: Error): void => {
        done();
        reject(error);
      };
      const done = (): void => {
        worker.off("message", answer);
        worker.off("error", fail);
      };
      worker.on("message", answer);
      worker.on("error", fail);
      worker.postMessage(job, []);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
