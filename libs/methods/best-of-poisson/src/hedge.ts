import type { DrawCount } from "./draw-count.ts";

/** Rewards of one problem's draws by the proxy, and by gold. */
export interface Judged {
  readonly proxy: ArrayLike<number>;
  readonly gold: ArrayLike<number>;
}

/**
 * HedgeTune: the mean number of draws θ in [1, most] at which the expected gold reward of the best by proxy,
 *
 *   J(θ) = Σ_i gold_(i) · (G_θ(i/M) − G_θ((i − 1)/M)),
 *
 * stops rising: the root of dJ/dθ, with gold_(i) the gold reward of the i-th lowest of M draws by proxy (mean over ties), the sum of J over
 * the problems, and G from the law of the number of draws. Where J rises all the way the answer is `most`; where it falls from the
 * start, 1. Of several peaks the highest. Failed rewards are left out.
 *
 * For θ draws exactly, dJ/dθ is Khalaf et al.'s E_{u ~ θu^(θ−1)}[gold(u)(1/θ + log u)] with the empirical quantiles integrated exactly
 * (second-hand formula, our derivation).
 */
export function hedgedMean(problems: readonly Judged[], law: DrawCount, most: number): number {
  const curves = problems.map(goldByProxy).filter((gold) => gold.length > 0);
  const sumOver = (mean: number, cumulative: (u: number) => number): number =>
    curves.reduce((sum, gold) => {
      const size = gold.length;
      // Σ gold_(i) (C(i/M) − C((i−1)/M)), each C computed once.
      let before = cumulative(0);
      return gold.reduce((inner, value, i) => {
        const here = cumulative((i + 1) / size);
        const term = value * (here - before);
        before = here;
        return inner + term;
      }, sum);
    }, 0);
  const value = (mean: number): number => sumOver(mean, (u) => law.best(mean, u));
  const slope = (mean: number): number => sumOver(mean, (u) => law.slope(mean, u));

  const peaks = [1, most];
  const grid = Array.from({ length: GRID + 1 }, (_, k) => most ** (k / GRID));
  for (let k = 0; k < GRID; k++) {
    const [low, high] = [grid[k]!, grid[k + 1]!];
    if (slope(low) > 0 && slope(high) <= 0) peaks.push(bisect(slope, low, high));
  }
  // The smaller number where it makes no difference: draws cost.
  return peaks.toSorted((a, b) => a - b).reduce((best, mean) => (value(mean) > value(best) + 1e-12 ? mean : best));
}

/** Points, in equal ratios, between which a change of sign is looked for. */
const GRID = 64;

function bisect(f: (x: number) => number, from: number, to: number): number {
  let [low, high] = [from, to];
  while (high - low > 1e-6 * high) {
    const middle = (low + high) / 2;
    if (f(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Gold rewards in ascending order of the proxy, averaged over equal proxies. */
function goldByProxy({ proxy, gold }: Judged): Float64Array {
  const valid = Array.from(proxy, (_, i) => i).filter((i) => !Number.isNaN(proxy[i]!) && !Number.isNaN(gold[i]!));
  const order = valid.toSorted((i, j) => (proxy[i]! < proxy[j]! ? -1 : proxy[i]! > proxy[j]! ? 1 : 0));
  const sorted = new Float64Array(order.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    let sum = 0;
    while (end < order.length && proxy[order[end]!] === proxy[order[start]!]) sum += gold[order[end++]!]!;
    sorted.fill(sum / (end - start), start, end);
    start = end;
  }
  return sorted;
}
