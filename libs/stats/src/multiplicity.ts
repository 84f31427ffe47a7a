/**
 * Holm's step-down adjusted p-values (Holm 1979): p̃_(i) = max_{j ≤ i} min(1, (m − j + 1) · p_(j)). Controls the family-wise
 * error under any dependence. NaN stays NaN and does not count among the m hypotheses. Order of the result = order given.
 */
export function holm(p: ArrayLike<number>): Float64Array {
  const adjusted = new Float64Array(p.length).fill(Number.NaN);
  const order: number[] = [];
  for (let i = 0; i < p.length; i++) if (!Number.isNaN(p[i]!)) order.push(i);
  order.sort((i, j) => p[i]! - p[j]!);
  let running = 0;
  order.forEach((index, rank) => {
    running = Math.max(running, Math.min(1, (order.length - rank) * p[index]!));
    adjusted[index] = running;
  });
  return adjusted;
}
