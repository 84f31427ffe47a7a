import type { TensorData, Tensors } from "./engine/protocol.ts";

export function int64(values: ArrayLike<number>, dims: readonly number[] = [values.length]): TensorData {
  return { type: "int64", data: BigInt64Array.from(Array.from(values), BigInt), dims };
}

export function int64Scalar(value: number): TensorData {
  return int64([value], []);
}

export function float32(data: Float32Array, dims: readonly number[]): TensorData {
  return { type: "float32", data, dims };
}

export function float32Scalar(value: number): TensorData {
  return float32(Float32Array.of(value), []);
}

export function floatsOf(outputs: Tensors, name: string): Float32Array {
  const tensor = outputs[name];
  if (tensor?.type !== "float32") throw new TypeError(`the graph has no float32 output ${name}`);
  return tensor.data;
}

export function integersOf(outputs: Tensors, name: string): Int32Array {
  const tensor = outputs[name];
  if (tensor?.type !== "int32") throw new TypeError(`the graph has no int32 output ${name}`);
  return tensor.data;
}
