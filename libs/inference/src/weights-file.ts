import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { locateWeights, parseSafetensorsHeader } from "@touchstone/graph";
import type { Weights } from "@touchstone/graph";

/** Tensors by their Hugging Face names, row-major; linear maps are [out, in]. */
export type NamedTensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

const FILE = "model.safetensors";

/** Writes `<folder>/model.safetensors` (https://huggingface.co/docs/safetensors) and says where in it every tensor lies. */
export async function writeWeightsFile(folder: string, tensors: NamedTensors): Promise<Weights> {
  const header: Record<string, unknown> = {};
  let size = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [size, size + data.byteLength] };
    size += data.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  // Trailing spaces, which the format allows, so that the data begins at a multiple of eight bytes.
  const dataOffset = 8 * Math.ceil((8 + text.length) / 8);
  const file = Buffer.alloc(dataOffset + size, " ");
  file.writeBigUInt64LE(BigInt(dataOffset - 8), 0);
  text.copy(file, 8);
  let at = dataOffset;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  await writeFile(join(folder, FILE), file);
  return locateWeights([{ location: FILE, header: parseSafetensorsHeader(file, file.length) }]);
}
