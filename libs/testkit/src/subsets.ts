/** All subsets of {0 … size − 1} with `n` elements, in lexicographic order: C(size, n) of them. */
export function* subsets(size: number, n: number, first = 0): Generator<number[]> {
  if (n === 0) {
    yield [];
    return;
  }
  for (let i = first; i <= size - n; i++) {
    for (const rest of subsets(size, n - 1, i + 1)) yield [i, ...rest];
  }
}
