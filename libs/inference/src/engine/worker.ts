/**
 * A worker process: keeps sessions and runs them, one at a time. A process and not a thread, because a native call can
 * neither be interrupted (Ctrl-C would wait for it) nor survive a crash within the program that called it.
 */
import { performance } from "node:perf_hooks";
import * as ort from "onnxruntime-node";
import type { FromWorker, Past, SessionSettings, Tensors, ToWorker } from "./protocol.ts";
import { KeptNumbers } from "./store.ts";

const graphs = new Map<string, Uint8Array>();
/** In order of last use. */
const sessions = new Map<string, ort.InferenceSession>();
const kept = new KeptNumbers();
let settings: SessionSettings;
let last = Promise.resolve();

process.on("message", (message: ToWorker) => {
  last = last.then(() => handle(message));
});
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole process group; the program that started us decides what ends.
process.on("SIGINT", () => {});

async function handle(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case "open":
      settings = message.settings;
      for (const session of sessions.values()) await session.release();
      sessions.clear();
      graphs.clear();
      kept.clear();
      send({ kind: "opened", id: message.id });
      return;
    case "graph":
      graphs.set(message.key, message.bytes);
      return;
    case "stop":
      process.exit(0);
      return;
    case "keep":
      kept.keep(message.rows);
      return;
    case "run":
      send(await run(message.id, message.graph, message.feeds, message.past));
  }
}

async function run(id: number, graph: string, feeds: Tensors, past: Past | undefined): Promise<FromWorker> {
  let stage: "open" | "run" = "open";
  try {
    const session = await open(graph);
    stage = "run";
    const began = performance.now();
    const inputs = Object.fromEntries(
      Object.entries({ ...feeds, ...(past && kept.inputs(past)) }).map(([name, { type, data, dims }]) => [
        name,
        new ort.Tensor(type, data as Float32Array, dims),
      ]),
    );
    const results = await session.run(inputs);
    const seconds = (performance.now() - began) / 1000;
    const outputs = Object.fromEntries(
      Object.entries(results).map(([name, { type, data, dims }]) => [name, { type, data, dims }]),
    ) as Tensors;
    const sent = past === undefined ? outputs : kept.hold(outputs, past);
    return { kind: "done", id, outputs: sent, seconds, peakMemoryBytes: process.resourceUsage().maxRSS * 1024 };
  } catch (error) {
    return { kind: "failed", id, stage, message: error instanceof Error ? error.message : String(error) };
  }
}

async function open(key: string): Promise<ort.InferenceSession> {
  const known = sessions.get(key);
  if (known !== undefined) {
    sessions.delete(key);
    sessions.set(key, known);
    return known;
  }
  for (const [oldest, session] of sessions) {
    if (sessions.size < settings.maxSessions) break;
    sessions.delete(oldest);
    await session.release();
  }
  const bytes = graphs.get(key);
  if (bytes === undefined) throw new Error(`no graph ${key}`);
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: settings.provider === "cpu" ? ["cpu"] : [settings.provider, "cpu"],
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    extra: {
      session: {
        model_external_initializers_file_folder_path: `${settings.folder}/`,
        intra_op: { allow_spinning: "0" },
      },
    },
  });
  sessions.set(key, session);
  return session;
}

function send(message: FromWorker): void {
  process.send!(message);
}
