import type { TokenStatistics } from "@touchstone/core";

/** The bytes of a typed array as they lie in memory (little-endian on every platform that Node and ONNX Runtime support). */
export function bytesOf(array: Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

export function int32Of(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.slice().buffer);
}

export function float32Of(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}

/** The six arrays one after another, as `samples.statistics` keeps them. */
export function packStatistics(statistics: TokenStatistics): Uint8Array {
  const { logProbability, decodingLogProbability, entropy, selfCertainty, gini, topConfidence } = statistics;
  const arrays = [logProbability, decodingLogProbability, entropy, selfCertainty, gini, topConfidence];
  const length = logProbability.length;
  const packed = new Float32Array(arrays.length * length);
  arrays.forEach((array, i) => packed.set(array, i * length));
  return bytesOf(packed);
}

export function unpackStatistics(bytes: Uint8Array): TokenStatistics {
  const all = new Float32Array(bytes.slice().buffer);
  const length = all.length / 6;
  const part = (i: number): Float32Array => all.slice(i * length, (i + 1) * length);
  return {
    logProbability: part(0),
    decodingLogProbability: part(1),
    entropy: part(2),
    selfCertainty: part(3),
    gini: part(4),
    topConfidence: part(5),
  };
}

/** Numbers that PostgreSQL sent in network order (`float8send`). */
export function float64FromNetwork(bytes: Uint8Array): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: bytes.byteLength / 8 }, (_, i) => view.getFloat64(i * 8));
}

/** Numbers that PostgreSQL sent in network order (`int4send`). */
export function int32FromNetwork(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getInt32(i * 4));
}
