/**
 * Peak memory of one engine on one case, in a process of its own so that nothing else is counted.
 * Run as a program it takes the case as JSON and prints the number of bytes.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { LanguageModelOptions } from "@touchstone/inference";
import type { Generator } from "./generator.ts";
import type { Workload } from "./workload.ts";

export interface MemoryCase {
  readonly engine: Generator["engine"];
  readonly workload: Workload;
  readonly options: LanguageModelOptions;
  readonly samples: number;
}

/** Highest resident memory in bytes, of all processes of the engine, over two runs. */
export async function peakMemory(memoryCase: MemoryCase): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, JSON.stringify(memoryCase)]);
  return Number(stdout);
}

/** Only the engine that is measured is imported. */
async function open(
  engine: Generator["engine"],
  workload: Workload,
  options: LanguageModelOptions,
): Promise<Generator> {
  if (engine === "touchstone") return (await import("./touchstone-engine.ts")).touchstone(workload, options);
  return (await import("./transformers-engine.ts")).transformers(workload);
}

if (process.argv[1] === import.meta.filename) {
  const { engine, workload, options, samples } = JSON.parse(process.argv[2]!) as MemoryCase;
  const generator = await open(engine, workload, options);
  await generator.generate(samples);
  await generator.generate(samples);
  console.log(generator.peakMemoryBytes());
  await generator.close();
}
