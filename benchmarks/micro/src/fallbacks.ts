/**
 * Which operators of the generate graph a provider leaves to the CPU. ONNX Runtime tells this in its log only, so the session is opened
 * in a process of its own, whose log is read. Run as a program it opens that session.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGenerateGraph } from "@touchstone/graph";
import * as ort from "onnxruntime-node";
import { readModel } from "./standard-export.ts";

/** Operators of shapes, positions and loop control: they belong on the CPU, where their few numbers are needed. */
const CONTROL = new Set(
  "Shape Range Loop If Squeeze Unsqueeze ConstantOfShape Expand Concat Reshape Cast Add Sub Mul Where Greater Equal Gather Slice".split(
    " ",
  ),
);

/** Names with counts, `LogSoftmax ×2`, of operators that `device` does not run. Empty for the CPU. */
export async function fallbacks(folder: string, device: "cpu" | "webgpu" | "cuda"): Promise<string[]> {
  if (device === "cpu") return [];
  const scratch = await mkdtemp(join(tmpdir(), "touchstone-log-"));
  // Into a file: ONNX Runtime stops logging when a pipe is full for a moment.
  const log = await open(join(scratch, "log"), "w+");
  try {
    const child = spawn(process.execPath, [import.meta.filename, folder, device], {
      stdio: ["ignore", log.fd, log.fd],
    });
    const [code] = (await once(child, "exit")) as [number | null];
    const text = await readFile(join(scratch, "log"), "utf8");
    if (code !== 0) throw new Error(`no session on ${device}: ${text.slice(-2000)}`);
    return onCpu(text);
  } finally {
    await log.close();
    await rm(scratch, { recursive: true });
  }
}

/** Reads ONNX Runtime's verbose log. */
export function onCpu(log: string): string[] {
  const counts = new Map<string, number>();
  let provider = "";
  for (const line of log.split("\n")) {
    provider = /placed on \[(\w+)\]/.exec(line)?.[1] ?? provider;
    const operator = /VerifyEachNodeIsAssignedToAnEp\] {2,}(\w+) \(/.exec(line)?.[1];
    if (operator === undefined || provider !== "CPUExecutionProvider" || CONTROL.has(operator)) continue;
    counts.set(operator, (counts.get(operator) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${name} ×${count}`).toSorted();
}

if (process.argv[1] === import.meta.filename) {
  const [, , folder, device] = process.argv as [string, string, string, "webgpu" | "cuda"];
  const loop = device === "webgpu" ? "whole" : "compact";
  const graph = buildGenerateGraph(await readModel(folder), { target: device, law: "plain", loop });
  await ort.InferenceSession.create(graph, {
    executionProviders: [device, "cpu"],
    logSeverityLevel: 0,
    logVerbosityLevel: 1,
    extra: { session: { model_external_initializers_file_folder_path: `${folder}/` } },
  });
}
