import { stream, type ProblemView } from "@touchstone/core";

/**
 * The prompts of a step: `count` consecutive problems of a random order that is new in every pass over the training split, keyed by the
 * run's seed alone, so that every row of a comparison trains on the same ones.
 */
export function promptsOf<P extends ProblemView>(
  problems: readonly P[],
  seed: number,
  step: number,
  count: number,
): P[] {
  return Array.from({ length: count }, (_, i) => {
    const position = step * count + i;
    const pass = Math.floor(position / problems.length);
    return problems[order(problems.length, seed, pass)[position % problems.length]!]!;
  });
}

let known: { readonly key: string; readonly order: Uint32Array } | undefined;

function order(size: number, seed: number, pass: number): Uint32Array {
  const key = `${size} ${seed} ${pass}`;
  if (known?.key !== key) known = { key, order: stream(seed, "post-training prompts", pass).permutation(size) };
  return known.order;
}
