/** A float32 tensor in row-major order. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** The tensors of a model by their Hugging Face names; a linear map is stored as [out, in]. */
export type Weights = ReadonlyMap<string, Tensor>;
