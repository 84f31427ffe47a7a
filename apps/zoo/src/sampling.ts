import type { ProblemView } from "@touchstone/core";

/** The first problem of every template: reward figures need many samples of few problems, each with its own cluster. */
export function onePerTemplate<P extends ProblemView>(problems: readonly P[]): P[] {
  const seen = new Set<string>();
  return problems.filter(({ cluster }) => !seen.has(cluster) && seen.add(cluster));
}

/** `count` of the items, evenly spaced over their order. */
export function spaced<T>(items: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)]).flatMap(
    (item) => item ?? [],
  );
}
