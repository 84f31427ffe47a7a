/** What the graph will run on. `webgpu` and `cuda` graphs use operators that do not fall back to the CPU inside the loop. */
export type Target = "cpu" | "webgpu" | "cuda";

/** `fused`: the operators ONNX Runtime has for transformers. `primitive`: plain ONNX only; slower, the reference that tests compare with. */
export type Emit = "fused" | "primitive";

/**
 * The decoding law.
 * `plain`: softmax at the input `temperature` (> 0). `truncated`: that law cut to the `top_k` most probable tokens and
 * renormalised, then cut to the smallest set whose mass reaches `top_p` and renormalised (both exact; of equally probable tokens
 * the lower id stays). `greedy`: the most probable token
 * (lowest id on ties).
 */
export type Law = "plain" | "truncated" | "greedy";

/**
 * `whole`: one loop to the last step, all rows carried to the end. `compact`: every 16 steps the finished rows are dropped
 * (CPU and CUDA only: nested loops crash the WebGPU provider). `single-row`: GroupQueryAttention, fastest for exactly one row.
 */
export type LoopKind = "whole" | "compact" | "single-row";
