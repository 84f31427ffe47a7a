import { TouchstoneError } from "@touchstone/core";
import { z } from "zod";

/** The element types that are read; all are computed with as float32. */
const weightTypes = ["F32", "F16", "BF16"] as const;
export type WeightType = (typeof weightTypes)[number];

export function isWeightType(dtype: string): dtype is WeightType {
  return (weightTypes as readonly string[]).includes(dtype);
}

/** One entry of a safetensors header. `begin` and `end` are byte offsets from the first byte after the header. */
export interface TensorRecord {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** Bytes before the tensor data: 8 + the length of the JSON header. */
  readonly dataOffset: number;
  readonly tensors: ReadonlyMap<string, TensorRecord>;
  /** The file's own `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Where a tensor's bytes lie: what an ONNX initializer with external data needs. */
export interface WeightReference {
  readonly dtype: WeightType;
  readonly shape: readonly number[];
  /** File name, relative to the model's folder. */
  readonly location: string;
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** All tensors of a model by name, possibly spread over several files. */
export type Weights = ReadonlyMap<string, WeightReference>;

/** The format's own limit on the JSON header, in bytes. */
const maximumHeader = 100_000_000;

const elementBytes: Readonly<Record<string, number>> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

const size = z.int().nonnegative();
const headerSchema = z.record(
  z.string(),
  z.object({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) }),
);

const metadataSchema = z.record(z.string(), z.string()).default({});

/**
 * Bytes that the header occupies, its 8 bytes of length included: read so many, then call {@link parseSafetensorsHeader}.
 * @param firstBytes at least the first 8 bytes of the file @param source names it in messages
 * @throws TouchstoneError `corrupt-safetensors`
 */
export function safetensorsHeaderSize(firstBytes: Uint8Array, fileSize: number, source?: string): number {
  const corrupt = corruptFile(source);
  if (firstBytes.length < 8 || fileSize < 8)
    throw corrupt("the file is shorter than the 8 bytes of its header's length", fileSize);
  const length = new DataView(firstBytes.buffer, firstBytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(maximumHeader)) throw corrupt("the header's stated length is impossible", String(length));
  const total = 8 + Number(length);
  if (total > fileSize) throw corrupt(`the header should take ${total} bytes, the file has fewer`, fileSize);
  return total;
}

/**
 * Reads the header of a safetensors file (https://huggingface.co/docs/safetensors).
 * @param bytes the file, or its first {@link safetensorsHeaderSize} bytes
 * @param fileSize the file's size in bytes; every tensor must end within it @param source names it in messages
 * @throws TouchstoneError `corrupt-safetensors` for a damaged or cut file
 */
export function parseSafetensorsHeader(bytes: Uint8Array, fileSize: number, source?: string): SafetensorsHeader {
  const corrupt = corruptFile(source);
  const dataOffset = safetensorsHeaderSize(bytes, fileSize, source);
  if (bytes.length < dataOffset) throw corrupt(`the header takes ${dataOffset} bytes, fewer were read`, bytes.length);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, dataOffset)));
  } catch {
    throw corrupt("the header is not JSON", new TextDecoder().decode(bytes.subarray(8, Math.min(dataOffset, 48))));
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw corrupt("the header is not a JSON object", json);
  const { __metadata__: stated, ...entries } = json as Record<string, unknown>;
  const metadata = metadataSchema.safeParse(stated);
  if (!metadata.success) throw corrupt("the header's __metadata__ does not map names to strings");
  const parsed = headerSchema.safeParse(entries);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw corrupt(`the header's entry ${issue?.path.join(".") ?? ""} is malformed: ${issue?.message ?? ""}`);
  }
  const tensors = new Map<string, TensorRecord>();
  for (const [
    name,
    {
      dtype,
      shape,
      data_offsets: [begin, end],
    },
  ] of Object.entries(parsed.data)) {
    const bytesEach = elementBytes[dtype];
    if (bytesEach === undefined) throw corrupt(`tensor ${name} has an unknown type`, dtype);
    const expected = shape.reduce((product, dimension) => product * dimension, bytesEach);
    if (end - begin !== expected)
      throw corrupt(
        `tensor ${name} of type ${dtype} and shape [${shape.join(", ")}] needs ${expected} bytes`,
        end - begin,
      );
    if (dataOffset + end > fileSize)
      throw corrupt(`tensor ${name} should end at byte ${dataOffset + end}, beyond the end of the file`, fileSize);
    tensors.set(name, { dtype, shape, begin, end });
  }
  return { dataOffset, tensors, metadata: metadata.data };
}

/**
 * Joins the headers of a model's files: one, or the shards that `model.safetensors.index.json` names.
 * @throws TouchstoneError `corrupt-safetensors` when two files hold the same tensor, `unsupported-model` for types other than F32, F16 and BF16
 */
export function locateWeights(
  files: readonly { readonly location: string; readonly header: SafetensorsHeader }[],
): Weights {
  const weights = new Map<string, WeightReference>();
  for (const { location, header } of files) {
    for (const [name, record] of header.tensors) {
      if (weights.has(name)) throw corruptFile()(`tensor ${name} is in more than one file`, location);
      const { dtype } = record;
      if (!isWeightType(dtype))
        throw new TouchstoneError({
          code: "unsupported-model",
          family: "input",
          what: `Tensor ${name} of ${location} has a type that is not supported.`,
          value: dtype,
          fix: `Supported: ${weightTypes.join(", ")}; use an unquantised copy of the model.`,
        });
      weights.set(name, {
        dtype,
        shape: record.shape,
        location,
        offset: header.dataOffset + record.begin,
        length: record.end - record.begin,
      });
    }
  }
  return weights;
}

function corruptFile(source = "The safetensors file") {
  return (what: string, value?: unknown): TouchstoneError =>
    new TouchstoneError({
      code: "corrupt-safetensors",
      family: "input",
      what: `${source} is damaged: ${what}.`,
      value,
      fix: "Download or train the model again.",
    });
}
