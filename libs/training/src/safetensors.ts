import { open, readFile, rename, rm } from "node:fs/promises";
import { TouchstoneError } from "@touchstone/core";
import { decodeFloats, encodeSafetensors, isWeightType, parseSafetensorsHeader } from "@touchstone/graph";
import type { WeightType } from "@touchstone/graph";
import type { Tensor } from "./weights.ts";

/** The contents of a safetensors file: tensors as float32, and the file's string-to-string metadata. */
export interface SafetensorsFile {
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file (https://huggingface.co/docs/safetensors) whole; F16 and BF16 are widened to float32.
 * @throws TouchstoneError `corrupt-safetensors`, `unsupported-model` for other element types
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  return decodeSafetensors(await readFile(path), path);
}

/**
 * Writes tensors so that a crash leaves either the old file or the new one: temporary file, flush, rename.
 * @param dtype how numbers are stored, each rounded to the nearest
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
  dtype: WeightType = "F32",
): Promise<void> {
  const temporary = `${path}.${process.pid}.partial`;
  try {
    const file = await open(temporary, "w");
    try {
      await file.writeFile(encodeSafetensors(tensors, { metadata: { format: "pt", ...metadata }, dtype }));
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

/**
 * The tensors of a safetensors file in memory; `source` names it in messages.
 * @throws TouchstoneError `corrupt-safetensors` for a damaged or cut file, `unsupported-model` for other element types
 */
export function decodeSafetensors(file: Uint8Array, source = "safetensors data"): SafetensorsFile {
  const { dataOffset, tensors, metadata } = parseSafetensorsHeader(file, file.length, source);
  const decoded = [...tensors].map(([name, { dtype, shape, begin, end }]): [string, Tensor] => {
    if (!isWeightType(dtype)) throw unsupportedType(source, name, dtype);
    return [name, { shape, data: decodeFloats(dtype, file.subarray(dataOffset + begin, dataOffset + end)) }];
  });
  return { tensors: new Map(decoded), metadata };
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
