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
 * `whole`: one loop to the last step, all rows carried to the end. `compact`: at most every 8 steps the finished rows are dropped
 * (not on WebGPU, whose provider crashes on nested loops). `single-row`: the fewest operators, for exactly
 * one row of a shared prompt on the CPU; elsewhere it is `whole`.
 */
export type LoopKind = "whole" | "compact" | "single-row";

/**
 * `shared`: all rows of a run continue one prompt, which is computed once and kept once.
 * `separate`: every row has a prompt of its own (continuations cut at different places, several problems in one run), padded on the
 * right and masked, kept once per row.
 * `resumed`: as `separate`, but the graph takes keys and values of a beginning of each prompt, reads the rest only, and hands out keys
 * and values of what it read and drew, for a later run.
 * `resumed-shared`: the same of one prompt that all rows continue.
 */
export type Prompts = "shared" | "separate" | "resumed" | "resumed-shared";
