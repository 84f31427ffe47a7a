/** The candidate nearest to a mistyped name, if one is near enough to be meant. */
export function nearest(given: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(given.length / 3));
  let best: { name: string; distance: number } | undefined;
  for (const name of candidates) {
    const distance = editDistance(given.toLowerCase(), name.toLowerCase());
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}

/** "Did you mean `best-of-n`? Known: …" */
export function suggestion(given: string, candidates: readonly string[], kind: string): string {
  const near = nearest(given, candidates);
  const known = candidates.length === 0 ? `There are no ${kind}s here.` : `Known ${kind}s: ${candidates.join(", ")}.`;
  return near === undefined ? known : `Did you mean \`${near}\`? ${known}`;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
