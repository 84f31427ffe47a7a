/**
 * λ_n ≥ 0 of the tilt e^{λu} of the uniform law on [0, 1] whose divergence from it is that of best-of-n,
 * ((λ − 1)e^λ + 1)/(e^λ − 1) − log((e^λ − 1)/λ) = log n − (n − 1)/n. By bisection, to the last digits.
 */
export function tiltOf(n: number): number {
  const target = Math.log(n) - (n - 1) / n;
  if (target === 0) return 0;
  let low = 0;
  let high = 1;
  while (divergence(high) < target) high *= 2;
  for (let step = 0; step < 200 && low < high; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (divergence(middle) < target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** λ E[u] − log E_uniform[e^{λu}], with e^{−λ} for e^λ, which overflows. */
export function divergence(lambda: number): number {
  // Its expansion at 0, where the closed form has no digits left.
  if (lambda < 1e-3) return lambda ** 2 / 24;
  const rest = -Math.expm1(-lambda);
  return lambda / rest - 1 - (lambda + Math.log(rest / lambda));
}
