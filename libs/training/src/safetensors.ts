import { open, readFile, rename, rm } from "node:fs/promises";
import type { Tensor } from "./weights.ts";

/** The contents of a safetensors file: tensors as float32, and the file's string-to-string metadata. */
export interface SafetensorsFile {
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const BYTES: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2 };

/** Reads a safetensors file whole. F16 and BF16 are widened to float32; other element types are refused. */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  return decodeSafetensors(await readFile(path), path);
}

/** Writes float32 tensors so that a crash leaves either the old file or the new one: temporary file, flush, rename. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const temporary = `${path}.${process.pid}.partial`;
  try {
    const file = await open(temporary, "w");
    try {
      await file.writeFile(encodeSafetensors(tensors, metadata));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: "pt", ...metadata } };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = JSON.stringify(header);
  // The data begins at a multiple of eight bytes, so that a reader may map it; the format allows trailing spaces.
  const bytes = new TextEncoder().encode(text + " ".repeat((8 - (Buffer.byteLength(text) % 8)) % 8));
  const file = new Uint8Array(8 + bytes.length + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(bytes.length), true);
  file.set(bytes, 8);
  let at = 8 + bytes.length;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/** `source` names the file in messages. */
export function decodeSafetensors(file: Uint8Array, source = "safetensors data"): SafetensorsFile {
  const corrupt = (what: string): Error => new Error(`${source} is not a whole safetensors file: ${what}`);
  if (file.length < 8) throw corrupt(`${file.length} bytes`);
  const headerLength = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true));
  if (8 + headerLength > file.length) throw corrupt(`a header of ${headerLength} bytes in a file of ${file.length}`);
  let header: Record<string, HeaderEntry | Record<string, string>>;
  try {
    header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerLength)));
  } catch {
    throw corrupt("the header is not JSON");
  }
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const {
      dtype,
      shape,
      data_offsets: [begin, end],
    } = entry as HeaderEntry;
    const width = BYTES[dtype];
    if (width === undefined)
      throw new Error(`${source}: ${name} has element type ${dtype}; F32, F16 and BF16 are read`);
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    const start = 8 + headerLength + begin;
    if (end - begin !== size * width || start + size * width > file.length) {
      throw corrupt(
        `${name} needs ${size * width} bytes, there are ${Math.min(end - begin, Math.max(0, file.length - start))}`,
      );
    }
    // A copy, because a view need not begin where its element type may (and slice() of a Buffer does not copy).
    tensors.set(name, { shape, data: widen(dtype, new Uint8Array(file.subarray(start, start + size * width))) });
  }
  return { tensors, metadata: (header["__metadata__"] ?? {}) as Record<string, string> };
}

function widen(dtype: string, bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  if (dtype === "F32") return new Float32Array(bytes.buffer);
  if (dtype === "F16") return Float32Array.from(new Float16Array(bytes.buffer));
  // bfloat16 is the upper half of a float32.
  return new Float32Array(Uint32Array.from(new Uint16Array(bytes.buffer), (half) => half << 16).buffer);
}
