import { best, decideBest, type Aggregate, type Candidate } from "./candidate.ts";
import { complete, evenly, partsPerRound, round } from "./passes.ts";
import { LINE, type Ask, type Search, type SearchContext } from "./search.ts";

export interface TreeOptions {
  readonly aggregate: Aggregate;
  /** How many trees and how many children in each share `parts` parts of a round. */
  readonly split: (parts: number) => { readonly trees: number; readonly children: number };
}

/**
 * Greedy search over lines in independent trees: every tree draws children from its prefix and carries on with the best; when that
 * has ended the tree is done. The first response is drawn whole: it tells how many lines to plan for, and takes part. A pass
 * plans its width once, so that its lines use up what is left; what is left after it goes into another. Where no more is left than there are trees,
 * their prefixes are completed in one go, best first. Every response that has ended may be answered with.
 */
export function* treeSearch(context: SearchContext, { aggregate, split }: TreeOptions): Search {
  const finished: Candidate[] = [];
  let rounds = 0;
  let passes = 0;
  let width = 0;
  yield* complete([undefined], finished);
  while (context.left() >= 1) {
    const { trees, children } = split(partsPerRound(context, finished));
    let prefixes: (Candidate | undefined)[] = Array.from({ length: Math.min(trees, context.left()) });
    passes++;
    width += prefixes.length * children;
    while (prefixes.length > 0 && context.left() >= 1) {
      rounds++;
      const left = context.left();
      if (left <= prefixes.length) {
        yield* complete(bestPrefixes(prefixes, left, aggregate), finished);
        break;
      }
      const counts = evenly(Math.min(prefixes.length * children, left - prefixes.length), prefixes.length);
      const asks = prefixes.map((from, i): Ask => ({ from, count: counts[i]!, decoding: LINE }));
      const parts = yield* round(
        asks.filter(({ count }) => count > 0),
        finished,
      );
      prefixes = prefixes.flatMap((prefix, i) => {
        if (counts[i] === 0) return [prefix];
        // Trees without children are the last ones, so that places in `parts` and `prefixes` agree.
        const [chosen] = best(parts[i]!, 1, aggregate);
        return chosen && !chosen.finished ? [chosen] : [];
      });
    }
  }
  return decideBest(finished, {
    finished_responses: finished.length,
    search_rounds: rounds,
    search_passes: passes,
    mean_width: passes > 0 ? width / passes : Number.NaN,
  });
}

function bestPrefixes(
  prefixes: readonly (Candidate | undefined)[],
  count: number,
  aggregate: Aggregate,
): (Candidate | undefined)[] {
  const begun = prefixes.filter((prefix) => prefix !== undefined);
  const ranked: (Candidate | undefined)[] = best(begun, begun.length, aggregate);
  const fresh = prefixes.filter((prefix) => prefix === undefined);
  return [...ranked, ...fresh].slice(0, count);
}
