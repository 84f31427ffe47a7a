import { writeFile } from "node:fs/promises";
import type { Weights } from "@touchstone/training";

/** Writes weights as a safetensors file of F16 tensors, each number rounded to the nearest. */
export async function writeHalfSafetensors(path: string, weights: Weights): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of weights) {
    const half = new Uint8Array(Float16Array.from(data).buffer);
    header[name] = { dtype: "F16", shape, data_offsets: [offset, offset + half.byteLength] };
    offset += half.byteLength;
    parts.push(half);
  }
  const text = JSON.stringify(header);
  // The data begins at a multiple of eight bytes, so that a reader may map it; the format allows trailing spaces.
  const bytes = new TextEncoder().encode(text + " ".repeat((8 - (Buffer.byteLength(text) % 8)) % 8));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(bytes.length), true);
  await writeFile(path, Buffer.concat([length, bytes, ...parts]));
}
