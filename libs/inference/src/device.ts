import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { TouchstoneError } from "@touchstone/core";

export type Provider = "cpu" | "webgpu" | "cuda";

export interface EngineOptions {
  /** Default `cpu`. `auto`: `cuda` where its libraries are installed, otherwise `cpu`; `webgpu` only by name. */
  readonly device?: Provider | "auto";
  /** Worker processes, each with its own copy of the weights. Default: one per core, one in all for large models and for GPUs. */
  readonly workers?: number;
  /** Threads within a worker's operators. Default: cores / workers, 1 for small models. */
  readonly threads?: number;
  /** Rows drawn together, always whole (law 2). Part of the samples' key. Default: {@link defaultTile}. */
  readonly tile?: number;
  /** Bytes that weights and runs of this model may hold together. Default: half of the machine's memory. */
  readonly memoryLimit?: number;
  /**
   * Bytes of keys and values that are kept for continuations, in all workers together; 0 reads prompts and prefixes again in every call.
   * Default: an eighth of what the weights leave of the limit, at most 256 MiB, on the CPU; 0 elsewhere.
   */
  readonly prefixMemory?: number;
}

export interface EnginePlan {
  readonly provider: Provider;
  readonly workers: number;
  readonly threads: number;
  readonly tile: number;
  /** Sessions kept open by each worker. */
  readonly maxSessions: number;
  /** Bytes left for runs. */
  readonly runMemory: number;
  /** Bytes of keys and values that each worker keeps for later continuations; 0 where nothing is kept. */
  readonly prefixMemory: number;
}

/** Weights of at most so many bytes are copied into every worker. */
const COPIED_WEIGHTS = 192 * 2 ** 20;

/** Bytes of keys and values kept by default: those of some hundred chains of a small model. */
const KEPT = 256 * 2 ** 20;

/** What a session holds beside its weights (arena, graph), and a worker beside its sessions. */
const WORKER_BYTES = 96 * 2 ** 20;

/** Settles devices, workers and memory for a model whose weights have `weightBytes` bytes as float32. */
export function planEngine(weightBytes: number, options: EngineOptions): EnginePlan {
  const cores = availableParallelism();
  const provider = chooseProvider(options.device ?? "cpu");
  const tile = whole("tile", options.tile ?? defaultTile(weightBytes));
  const memory = memoryOfMachine();
  const limit = options.memoryLimit ?? memory / 2;
  // The file's pages and the weights as packed for the processor, for prompt and loop apart: 2.4 to 2.5 measured while a session that
  // draws opens (docs/models.md).
  const perSession = 2.5 * weightBytes;
  const copies = provider === "cpu" && weightBytes <= COPIED_WEIGHTS;
  const affordable = Math.max(1, Math.floor(limit / 2 / (perSession + WORKER_BYTES)));
  const workers = whole("workers", options.workers ?? (copies ? Math.min(cores, affordable) : 1));
  const threads = whole("threads", options.threads ?? (copies ? 1 : Math.max(1, Math.floor(cores / workers))));
  // A small model keeps a session for each law and each forward pass, where half of the memory allows.
  const room = Math.floor((limit / 2 / workers - WORKER_BYTES) / perSession);
  const maxSessions = copies ? Math.min(8, Math.max(1, room)) : 1;
  const held = workers * (maxSessions * perSession + WORKER_BYTES);
  const left = limit - held;
  if (left <= 0) {
    const needed = Math.ceil(held / 2 ** 20);
    throw new TouchstoneError({
      code: "memory-limit",
      family: "engine",
      what: `The weights in ${workers} worker(s) need about ${needed} MiB, more than the memory limit.`,
      value: `${Math.floor(limit / 2 ** 20)} MiB`,
      fix: "Raise the memory limit, use fewer workers, or a smaller model.",
    });
  }
  // On a GPU they would have to leave the device and come back.
  const kept = provider === "cpu" ? (options.prefixMemory ?? Math.min(KEPT, left / 8)) : 0;
  if (!(kept >= 0 && kept < left)) {
    throw new TouchstoneError({
      code: "invalid-engine-option",
      family: "usage",
      what: "`prefixMemory` must be at least 0 and leave memory for runs.",
      value: kept,
      fix: `Give fewer than ${Math.floor(left)} bytes, or 0 to keep nothing.`,
    });
  }
  return {
    provider,
    workers,
    threads,
    tile,
    maxSessions,
    runMemory: left - kept,
    prefixMemory: Math.floor(kept / workers),
  };
}

/** Rows per tile, by measurement (docs/performance.md): small models gain from short rows of cache, large ones from wide matrices. */
export function defaultTile(weightBytes: number): number {
  return weightBytes > COPIED_WEIGHTS ? 64 : 32;
}

function chooseProvider(device: Provider | "auto"): Provider {
  const library = cudaLibrary();
  if (device === "auto") return library === undefined ? "cpu" : "cuda";
  if (device === "cuda" && library === undefined) {
    throw new TouchstoneError({
      code: "device-unavailable",
      family: "engine",
      what: "ONNX Runtime's CUDA libraries are not installed.",
      value: device,
      fix: "Run `node node_modules/onnxruntime-node/script/install.js cuda12` (Linux x64, NVIDIA driver and CUDA 12), or use `--device cpu`.",
    });
  }
  if (!["cpu", "webgpu", "cuda"].includes(device)) {
    throw new TouchstoneError({
      code: "unknown-device",
      family: "usage",
      what: "There is no such device.",
      value: device,
      fix: "Use cpu, webgpu, cuda or auto.",
    });
  }
  return device;
}

/** ONNX Runtime's CUDA provider, where it is installed. */
export function cudaLibrary(): string | undefined {
  const root = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
  const name = process.platform === "win32" ? "onnxruntime_providers_cuda.dll" : "libonnxruntime_providers_cuda.so";
  const file = join(root, "bin", "napi-v6", process.platform, process.arch, name);
  return existsSync(file) ? file : undefined;
}

function memoryOfMachine(): number {
  // In a container the limit counts, not the machine; where there is none, Node reports 0 or a huge number.
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

function whole(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new TouchstoneError({
    code: "invalid-engine-option",
    family: "usage",
    what: `\`${name}\` must be a whole number of at least 1.`,
    value,
    fix: `Give ${name} as 1, 2, 4, …`,
  });
}
