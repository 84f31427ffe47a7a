import { copyFile, mkdir, open, writeFile } from "node:fs/promises";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  buildStandardGraph,
  locateWeights,
  type Model,
  parseModelConfig,
  parseSafetensorsHeader,
  safetensorsHeaderSize,
} from "@touchstone/graph";

/** A model's configuration and where its weights lie, of a folder with one `model.safetensors`. */
export async function readModel(folder: string): Promise<Model> {
  const config = parseModelConfig(JSON.parse(readFileSync(join(folder, "config.json"), "utf8")));
  const location = "model.safetensors";
  const { size } = statSync(join(folder, location));
  const file = await open(join(folder, location));
  try {
    const first = Buffer.alloc(8);
    await file.read(first, 0, 8, 0);
    const bytes = Buffer.alloc(safetensorsHeaderSize(first, size));
    await file.read(bytes, 0, bytes.length, 0);
    return { config, weights: locateWeights([{ location, header: parseSafetensorsHeader(bytes, size) }]) };
  } finally {
    await file.close();
  }
}

/** Writes the model of `from` as transformers.js reads it, `onnx/model.onnx` and its weights, into `to`. */
export async function exportStandard(from: string, to: string): Promise<void> {
  await mkdir(join(to, "onnx"), { recursive: true });
  await writeFile(join(to, "onnx", "model.onnx"), buildStandardGraph(await readModel(from)));
  await copyFile(join(from, "model.safetensors"), join(to, "onnx", "model.safetensors"));
}
