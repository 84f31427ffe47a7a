import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeSafetensors, locateWeights, parseSafetensorsHeader } from "@touchstone/graph";
import type { Weights } from "@touchstone/graph";

/** Tensors by their Hugging Face names, row-major; linear maps are [out, in]. */
export type NamedTensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

const FILE = "model.safetensors";

/** Writes `<folder>/model.safetensors` (https://huggingface.co/docs/safetensors) and says where in it every tensor lies. */
export async function writeWeightsFile(folder: string, tensors: NamedTensors): Promise<Weights> {
  const file = encodeSafetensors(tensors);
  await writeFile(join(folder, FILE), file);
  return locateWeights([{ location: FILE, header: parseSafetensorsHeader(file, file.length) }]);
}
