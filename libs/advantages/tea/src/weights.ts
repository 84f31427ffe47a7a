/**
 * Weights that cancel the first terms of a bias expanded in 1/p: Σ_j w_j = 1 and Σ_j w_j p_j^{−l} = 0 for l = 1 … order − 1, of the
 * least Σ w_j² among all such. With as many sizes as the order they are unique (Richardson's, w_j = Π_{l≠j} p_j/(p_j − p_l)).
 *
 * w is a polynomial of degree below `order` in x = 1/p, evaluated at the sizes (the least norm lies in the span of the
 * constraints); with polynomials q_l orthonormal on the sizes, w_j = Σ_l q_l(0) q_l(x_j).
 */
export function momentCancellingWeights(sizes: readonly number[], order: number): Float64Array {
  // Each row holds a polynomial's values at the sizes and, last, at x = 0. Weights do not depend on the scale of x.
  const points = [...sizes.map((size) => sizes[0]! / size), 0];
  const weights = new Float64Array(sizes.length);
  const basis: Float64Array[] = [];
  for (let degree = 0; degree < order; degree++) {
    const row = Float64Array.from(points, (x) => x ** degree);
    // Twice, so that rounding errors of the first pass are removed as well.
    for (let pass = 0; pass < 2; pass++) {
      for (const other of basis) {
        const along = product(row, other);
        row.forEach((value, j) => (row[j] = value - along * other[j]!));
      }
    }
    const norm = Math.sqrt(product(row, row));
    const unit = row.map((value) => value / norm);
    basis.push(unit);
    for (let j = 0; j < weights.length; j++) weights[j]! += unit.at(-1)! * unit[j]!;
  }
  return weights;
}

/** Over the sizes, the point 0 left out. */
function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length - 1; j++) sum += a[j]! * b[j]!;
  return sum;
}
