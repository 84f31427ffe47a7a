/**
 * ROUGE-1 of two texts: F1 of the overlap of their word multisets, 2·|A ∩ B| / (|A| + |B|), in [0, 1], symmetric (Lin 2004,
 * "ROUGE: A Package for Automatic Evaluation of Summaries", unigrams, equal weight of precision and recall). Words are
 * maximal runs of letters, marks and digits, lower-cased, without stemming. Two texts without words are alike (1), which keeps
 * every text alike to itself; a text without words and one with words are not (0).
 */
export function rouge1(a: string, b: string): number {
  return rouge1Pairs([a, b])(0, 1);
}

/** ROUGE-1 between any two of many texts, whose words are counted once: `rouge1Pairs(texts)(i, j)`. */
export function rouge1Pairs(texts: readonly string[]): (i: number, j: number) => number {
  const ids = new Map<string, number>();
  const bags = texts.map((text) => sortedWords(text, ids));
  return (i, j) => {
    const a = bagOf(bags, i);
    const b = bagOf(bags, j);
    const words = a.length + b.length;
    return words === 0 ? 1 : (2 * overlap(a, b)) / words;
  };
}

/** The words of a text as ascending ids, repeated as often as they occur. */
function sortedWords(text: string, ids: Map<string, number>): Int32Array {
  const words = text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const bag = Int32Array.from(words, (word) => {
    let id = ids.get(word);
    if (id === undefined) ids.set(word, (id = ids.size));
    return id;
  });
  return bag.toSorted();
}

/** Size of the intersection of two sorted multisets. */
function overlap(a: Int32Array, b: Int32Array): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const difference = a[i]! - b[j]!;
    if (difference === 0) shared++;
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
  return shared;
}

function bagOf(bags: readonly Int32Array[], index: number): Int32Array {
  const bag = bags[index];
  if (bag === undefined) throw new RangeError(`there are ${bags.length} texts, asked for number ${index}`);
  return bag;
}
