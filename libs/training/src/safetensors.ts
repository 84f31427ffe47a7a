import { open, readFile, rename, rm } from "node:fs/promises";
import { TouchstoneError } from "@touchstone/core";
import { z } from "zod";
import type { Tensor } from "./weights.ts";

/** The contents of a safetensors file: tensors as float32, and the file's string-to-string metadata. */
export interface SafetensorsFile {
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const BYTES: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2 };

/**
 * Reads a safetensors file (https://huggingface.co/docs/safetensors) whole; F16 and BF16 are widened to float32.
 * @throws TouchstoneError `corrupt-safetensors`, `unsupported-model` for other element types
 */
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

/**
 * The tensors of a safetensors file in memory; `source` names it in messages.
 * @throws TouchstoneError `corrupt-safetensors` for a damaged or cut file, `unsupported-model` for other element types
 */
export function decodeSafetensors(file: Uint8Array, source = "safetensors data"): SafetensorsFile {
  if (file.length < 8) throw corrupt(source, "it is shorter than the 8 bytes of its header's length", file.length);
  const headerLength = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true));
  const start = 8 + headerLength;
  if (start > file.length)
    throw corrupt(source, `its header should end at byte ${start}, the file ends before`, file.length);
  const header = parseHeader(file.subarray(8, start), source);
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of header.tensors) {
    const { dtype, shape, data_offsets: offsets } = entry;
    const width = BYTES[dtype];
    if (width === undefined) throw unsupportedType(source, name, dtype);
    const bytes = width * shape.reduce((product, dimension) => product * dimension, 1);
    const [begin, end] = offsets;
    if (end - begin !== bytes || start + end > file.length)
      throw corrupt(source, `tensor ${name} needs ${bytes} bytes, the file has others`, [begin, end]);
    // A copy, because a view need not begin where its element type may (and slice() of a Buffer does not copy).
    tensors.set(name, { shape, data: widen(dtype, new Uint8Array(file.subarray(start + begin, start + end))) });
  }
  return { tensors, metadata: header.metadata };
}

const headerSchema = z.record(z.string(), z.unknown());
const metadataSchema = z.record(z.string(), z.string()).default({});
const count = z.int().nonnegative();
const entrySchema = z.object({ dtype: z.string(), shape: z.array(count), data_offsets: z.tuple([count, count]) });

interface Header {
  readonly tensors: ReadonlyMap<string, z.infer<typeof entrySchema>>;
  readonly metadata: Readonly<Record<string, string>>;
}

function parseHeader(bytes: Uint8Array, source: string): Header {
  try {
    const { __metadata__: metadata, ...entries } = headerSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    const tensors = Object.entries(entries).map(([name, entry]) => [name, entrySchema.parse(entry)] as const);
    return { tensors: new Map(tensors), metadata: metadataSchema.parse(metadata) };
  } catch (cause) {
    throw corrupt(
      source,
      "its header does not describe tensors",
      new TextDecoder().decode(bytes.subarray(0, 60)),
      cause,
    );
  }
}

function corrupt(source: string, what: string, value: unknown, cause?: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "corrupt-safetensors",
    family: "input",
    what: `${source} is damaged: ${what}.`,
    value,
    fix: "Copy or download the file again; a checkpoint that is damaged has to be deleted.",
    cause,
  });
}

function unsupportedType(source: string, name: string, dtype: string): TouchstoneError {
  return new TouchstoneError({
    code: "unsupported-model",
    family: "input",
    what: `Tensor ${name} of ${source} has an element type that is not read.`,
    value: dtype,
    fix: "Save the weights as F32, F16 or BF16.",
  });
}

function widen(dtype: string, bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  if (dtype === "F32") return new Float32Array(bytes.buffer);
  if (dtype === "F16") return Float32Array.from(new Float16Array(bytes.buffer));
  // bfloat16 is the upper half of a float32.
  return new Float32Array(Uint32Array.from(new Uint16Array(bytes.buffer), (half) => half << 16).buffer);
}
