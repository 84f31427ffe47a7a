export const weightTypes = ["F32", "F16", "BF16"] as const;
export type WeightType = (typeof weightTypes)[number];

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

/** Bytes that the header occupies, 8 included, from the first 8 bytes of the file: read so many, then call {@link parseSafetensorsHeader}. */
export declare function safetensorsHeaderSize(firstBytes: Uint8Array, fileSize: number): number;

/**
 * Reads the header of a safetensors file (https://huggingface.co/docs/safetensors).
 * @param bytes the file, or its first {@link safetensorsHeaderSize} bytes
 * @param fileSize the file's size in bytes; every tensor must end within it
 * @throws TouchstoneError `invalid-weights` for a corrupt or cut file
 */
export declare function parseSafetensorsHeader(
  bytes: Uint8Array,
  fileSize: number,
): SafetensorsHeader;

/** Joins the headers of a model's files (one, or the shards named in `model.safetensors.index.json`). @throws TouchstoneError on a repeated name or a type other than F32, F16, BF16 */
export declare function locateWeights(
  files: readonly { location: string; header: SafetensorsHeader }[],
): Weights;
