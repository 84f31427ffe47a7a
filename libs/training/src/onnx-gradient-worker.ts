import { parentPort, workerData } from "node:worker_threads";
import type { LaneJob, LaneReply, ToGradientWorker } from "./onnx-gradient-pool.ts";
import { OnnxGradientSession } from "./onnx-gradient-session.ts";
import type { OnnxGradientSetup } from "./onnx-gradient-session.ts";

const port = parentPort;
if (port === null) throw new Error("onnx-gradient-worker.ts runs as a worker thread");

const session = new OnnxGradientSession(workerData as OnnxGradientSetup);

port.on("message", (message: ToGradientWorker) => {
  if (message === "stop") {
    // Ended from within: a thread that is terminated while a session lives can take the program down.
    void session.release().finally(() => port.close());
    return;
  }
  compute(message).then(
    (logProbabilities) => port.postMessage({ logProbabilities } satisfies LaneReply),
    (error: unknown) => port.postMessage({ error: String(error), opened: session.opened } satisfies LaneReply),
  );
});

async function compute({ tiles, lane }: LaneJob): Promise<Float32Array[]> {
  const results: Float32Array[] = [];
  for (const [i, tile] of tiles.entries()) {
    const result = lane === undefined ? session.logProbabilities(tile) : session.gradient(tile, lane, i > 0);
    results.push(await result);
  }
  return results;
}
