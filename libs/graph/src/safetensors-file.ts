import type { WeightType } from "./safetensors.ts";

/** What a header says of one tensor. */
interface TensorLayout {
  readonly dtype: WeightType;
  readonly shape: readonly number[];
}

const widths: Readonly<Record<WeightType, number>> = { F32: 4, F16: 2, BF16: 2 };

/**
 * The bytes of a safetensors file before its data: the header's length and the header (https://huggingface.co/docs/safetensors).
 * Tensors follow each other without gaps in the order given. The data begins at a multiple of eight bytes, so that a reader may
 * map it; the format allows the trailing spaces.
 */
export function safetensorsHeader(
  tensors: Iterable<readonly [name: string, layout: TensorLayout]>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata };
  let offset = 0;
  for (const [name, { dtype, shape }] of tensors) {
    const end = offset + shape.reduce((product, dimension) => product * dimension, widths[dtype]);
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = 8 * Math.ceil(text.length / 8);
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}

/** A whole file of float32 tensors, stored in one type. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>,
  options: { readonly metadata?: Readonly<Record<string, string>>; readonly dtype?: WeightType } = {},
): Uint8Array<ArrayBuffer> {
  const { dtype = "F32", metadata } = options;
  const layouts = [...tensors].map(([name, { shape }]) => [name, { dtype, shape }] as const);
  const header = safetensorsHeader(layouts, metadata);
  const numbers = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const file = new Uint8Array(header.length + widths[dtype] * numbers);
  file.set(header);
  let at = header.length;
  for (const { data } of tensors.values()) {
    const bytes = encodeFloats(dtype, data);
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

/** float32 numbers as bytes of a type, each rounded to the nearest, ties to even. Of float32 itself, a view. */
export function encodeFloats(dtype: WeightType, numbers: Float32Array): Uint8Array {
  if (dtype === "F32") return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  if (dtype === "F16") return new Uint8Array(Float16Array.from(numbers).buffer);
  const words = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  const halves = new Uint16Array(words.length);
  for (let i = 0; i < words.length; i++) halves[i] = bfloat16(words[i]!);
  return new Uint8Array(halves.buffer);
}

/** The upper half of a float32's bits, rounded by the lower one. */
function bfloat16(word: number): number {
  const isNaN = (word & 0x7fffffff) > 0x7f800000;
  if (isNaN) return 0x7fc0;
  return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
}

/** The numbers of a tensor's bytes as float32, exactly. The bytes need not be aligned; they are copied. */
export function decodeFloats(dtype: WeightType, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  if (dtype === "F32") return new Float32Array(copy.buffer);
  if (dtype === "F16") return Float32Array.from(new Float16Array(copy.buffer));
  const halves = new Uint16Array(copy.buffer);
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
  return new Float32Array(words.buffer);
}
