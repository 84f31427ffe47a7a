import { Worker } from "node:worker_threads";
import { TouchstoneError } from "@touchstone/core";
import type { Device, OnnxGradientSetup } from "./onnx-gradient-session.ts";
import type { TileInputs } from "./tile-inputs.ts";

/** Tiles for one worker, in order. With a lane, their gradients are summed into that lane's. */
export interface LaneJob {
  readonly tiles: readonly TileInputs[];
  readonly lane?: number;
}

export type LaneReply =
  | { readonly logProbabilities: readonly Float32Array[] }
  | { readonly error: string; /** Whether the device has run anything before. */ readonly opened: boolean };

export type ToGradientWorker = LaneJob | "stop";

const DRIVERS: Readonly<Record<Exclude<Device, "cpu">, string>> = {
  webgpu: "Install the device's driver (WebGPU on Linux needs a Vulkan loader and driver)",
  cuda: "Run `node node_modules/onnxruntime-node/script/install.js cuda12` (Linux x64, NVIDIA driver and CUDA 12)",
};

/** Worker threads that take jobs as they become free. Which worker does what has no effect on results. */
export class OnnxGradientPool implements AsyncDisposable {
  readonly #device: Device;
  readonly #workers: readonly Worker[];

  constructor(setup: OnnxGradientSetup, threads: number) {
    this.#device = setup.device;
    this.#workers = Array.from({ length: threads }, () => {
      // No inherited flags: a test runner's loaders would be started again in every thread.
      const url = new URL("./onnx-gradient-worker.ts", import.meta.url);
      return new Worker(url, { workerData: setup, execArgv: [] });
    });
  }

  /** The log-probabilities of every job's tiles; one call at a time. */
  async run(jobs: readonly LaneJob[]): Promise<readonly (readonly Float32Array[])[]> {
    const results: (readonly Float32Array[])[] = [];
    let next = 0;
    const work = async (worker: Worker): Promise<void> => {
      while (next < jobs.length) {
        const job = next++;
        results[job] = await this.#send(worker, jobs[job]!);
      }
    };
    // All are waited for: a job still under way would write into its lane after an error was handed on.
    const ends = await Promise.allSettled(this.#workers.map(work));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    return results;
  }

  #send(worker: Worker, job: LaneJob): Promise<readonly Float32Array[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Float32Array[]>();
    const answer = (reply: LaneReply): void => {
      if ("error" in reply) reject(this.#failure(reply.error, reply.opened));
      else resolve(reply.logProbabilities);
    };
    const fail = (error: Error): void => reject(this.#failure(String(error), true));
    worker.once("message", answer);
    worker.once("error", fail);
    worker.postMessage(job satisfies ToGradientWorker, []);
    return promise.finally(() => {
      worker.off("message", answer);
      worker.off("error", fail);
    });
  }

  #failure(detail: string, opened: boolean): TouchstoneError {
    const device = this.#device;
    if (device === "cpu" || opened) {
      return new TouchstoneError({
        code: "engine-failure",
        family: "engine",
        what: `A gradient could not be computed (${detail}).`,
        fix: "Run again; with less memory in use, fewer threads or the device cpu if it happens again.",
      });
    }
    return new TouchstoneError({
      code: "device-unavailable",
      family: "engine",
      what: `Gradients could not be computed on this device (${detail.replace(/^.*was false\. /s, "").trim()}).`,
      value: device,
      fix: `${DRIVERS[device]}, or use the device cpu.`,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#workers.map(async (worker) => {
        const gone = new Promise((resolve) => worker.once("exit", resolve));
        if (worker.threadId < 0) return;
        worker.postMessage("stop" satisfies ToGradientWorker, []);
        await gone;
      }),
    );
  }
}
