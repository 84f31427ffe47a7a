/**
 * How a proposal comes about: the state is cut at a token or at a line, uniformly, and the rest is drawn again; or the whole
 * response is (`independence`), which needs nothing but draws.
 */
export const KERNELS = ["token", "line", "independence"] as const;
export type Kernel = (typeof KERNELS)[number];

/** What a cut needs to know of a response (see `Drawn`). */
export interface Cuttable {
  readonly tokenCount: number;
  readonly lineEnds: Int32Array;
}

/**
 * At how many places a response can be cut: after every unit, and before the first, that leaves at least one token to draw
 * again. A finished response of U tokens or lines and its end has U + 1; one that was cut at the length cap has no end unit.
 * Only with this count is the proposal reversible (the virtual end unit of our derivation, docs/methods/qalign.md).
 */
export function cutCount(kernel: Kernel, response: Cuttable): number {
  if (kernel === "independence") return 1;
  if (kernel === "token") return response.tokenCount;
  const { tokenCount, lineEnds } = response;
  return lineEnds.at(-1) === tokenCount ? lineEnds.length : lineEnds.length + 1;
}

/** How many tokens stay where the first `keep` units do. */
export function keptTokens(kernel: Kernel, response: Cuttable, keep: number): number {
  return kernel === "line" && keep > 0 ? response.lineEnds[keep - 1]! : keep;
}
