import type { jit, lax, nn, numpy, tree, valueAndGrad } from "@jax-js/jax";

/** An array of jax-js, concrete or traced. */
export type Array = numpy.Array;

/**
 * The operations of jax-js that training uses; nothing else of the package imports it.
 *
 * Two rules of jax-js hold wherever a value of type `Array` is touched:
 * - Ownership: every operation consumes its arguments. Write `x.ref` for each use but the last, dispose what is not used, and
 *   dispose constants made inside a traced function at its end. A missing `.ref` throws; a missing dispose leaks.
 * - `jit` compiles once per combination of argument shapes (seconds each, with buffers of its own): keep shapes few.
 */
export interface Jax {
  readonly np: typeof numpy;
  readonly nn: typeof nn;
  readonly stopGradient: typeof lax.stopGradient;
  readonly jit: typeof jit;
  readonly valueAndGrad: typeof valueAndGrad;
  readonly tree: typeof tree;
}

let loading: Promise<Jax> | undefined;

/** Imports jax-js on first use (it allocates its memory on import). */
export function loadJax(): Promise<Jax> {
  loading ??= importJax();
  return loading;
}

async function importJax(): Promise<Jax> {
  // jax-js reads navigator.userAgent and navigator.gpu without looking whether there is a navigator.
  if (!("navigator" in globalThis)) Object.defineProperty(globalThis, "navigator", { value: { userAgent: "node" } });
  const jax = await import("@jax-js/jax");
  return {
    np: jax.numpy,
    nn: jax.nn,
    stopGradient: jax.lax.stopGradient,
    jit: jax.jit,
    valueAndGrad: jax.valueAndGrad,
    tree: jax.tree,
  };
}
