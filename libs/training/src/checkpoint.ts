import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { OptimizerState } from "./adamw.ts";
import { flatten, unflatten } from "./parameters.ts";
import type { Layout } from "./parameters.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";
import type { Tensor } from "./weights.ts";

/** One file, so that the step and the vectors can never come from different moments. */
const FILE = "state.safetensors";
const VECTORS = ["weights", "average", "firstMoment", "secondMoment"] as const;

/** Writes weights, average, moments and the step to `<folder>/state.safetensors`, replacing it atomically. */
export async function saveCheckpoint(folder: string, layout: Layout, state: OptimizerState): Promise<void> {
  await mkdir(folder, { recursive: true });
  const tensors = new Map<string, Tensor>();
  for (const vector of VECTORS) {
    for (const [name, tensor] of unflatten(layout, state[vector])) tensors.set(`${vector}.${name}`, tensor);
  }
  await writeSafetensors(join(folder, FILE), tensors, { state: JSON.stringify({ step: state.step }) });
}

/** Reads a checkpoint into `state`, bit for bit; false when the folder holds none. */
export async function loadCheckpoint(folder: string, layout: Layout, state: OptimizerState): Promise<boolean> {
  const path = join(folder, FILE);
  let file;
  try {
    file = await readSafetensors(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
  for (const vector of VECTORS) {
    const prefix = `${vector}.`;
    const named = [...file.tensors].filter(([name]) => name.startsWith(prefix));
    flatten(layout, new Map(named.map(([name, tensor]) => [name.slice(prefix.length), tensor])), state[vector]);
  }
  state.step = (JSON.parse(file.metadata["state"] ?? "{}") as { step: number }).step;
  return true;
}
