/**
 * P(x > ½) for x ~ Beta(a + 1, b + 1): how certain it is, after a votes for the first answer and b for the second, that the first is
 * the more frequent of the two. For whole a and b this is P(Binomial(a + b + 1, ½) ≤ a), a finite sum.
 */
export function leadCertainty(a: number, b: number): number {
  const n = a + b + 1;
  // C(n, a)/2ⁿ by its logarithm, which does not underflow, and from there down to C(n, 0)/2ⁿ.
  let logTerm = -n * Math.LN2;
  for (let j = 1; j <= a; j++) logTerm += Math.log((n - j + 1) / j);
  let term = Math.exp(logTerm);
  let sum = term;
  for (let j = a; j >= 1; j--) {
    term *= j / (n - j + 1);
    sum += term;
  }
  return Math.min(1, sum);
}

/** Votes of the two most frequent answers; 0 where there is none. */
export function topTwo(counts: Iterable<number>): readonly [number, number] {
  let [first, second] = [0, 0];
  for (const count of counts) {
    if (count > first) [first, second] = [count, first];
    else if (count > second) second = count;
  }
  return [first, second];
}

/**
 * The fewest further draws after which the vote could stop: all of them for the leading answer. As no outcome stops it earlier, they
 * can be drawn at once. At most `most`.
 */
export function drawsBeforeStop(a: number, b: number, confidence: number, most: number): number {
  let draws = 1;
  while (draws < most && leadCertainty(a + draws, b) < confidence) draws++;
  return Math.min(draws, most);
}
