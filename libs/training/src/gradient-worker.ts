import { parentPort, workerData } from "node:worker_threads";
import { gradientFunction } from "./gradient-function.ts";
import type { GradientJob, GradientReply, GradientSetup } from "./gradient-pool.ts";

const port = parentPort;
if (port === null) throw new Error("gradient-worker.ts runs as a worker thread");

const compute = gradientFunction(workerData as GradientSetup);
// One shard at a time: a second one under way would double the memory and gain nothing.
let queue: Promise<void> = Promise.resolve();
port.on("message", (job: GradientJob) => {
  queue = queue
    .then(async () => (await compute)(job))
    .then(
      (loss) => port.postMessage({ shard: job.shard, loss } satisfies GradientReply),
      (error: unknown) => port.postMessage({ shard: job.shard, error: String(error) } satisfies GradientReply),
    );
});
