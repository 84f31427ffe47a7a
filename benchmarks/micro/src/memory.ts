/**
 * Peak memory of one engine on one case, in a process of its own so that nothing else is counted.
 * Run as a program it takes the case as JSON and prints the number of bytes.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { LanguageModelOptions } from "@touchstone/inference";
import { type Generator, touchstone, transformers } from "./engines.ts";
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

if (process.argv[1] === import.meta.filename) {
  const { engine, workload, options, samples } = JSON.parse(process.argv[2]!) as MemoryCase;
  const generator = engine === "touchstone" ? await touchstone(workload, options) : await transformers(workload);
  await generator.generate(samples);
  await generator.generate(samples);
  console.log(generator.peakMemoryBytes());
  await generator.close();
}
