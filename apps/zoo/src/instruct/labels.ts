import type { ConstraintKind } from "@touchstone/tasks";
import type { LabelledSequence } from "../reward-batches.ts";
import { sequence } from "./batches.ts";
import { isKnown } from "./tokenizer.ts";
import type { RewardRow } from "./reward-rows.ts";

/** What a reward model of this world cares about. */
export interface Taste {
  /** Log-odds that keeping a constraint of the kind adds; negative: breaking it is what pleases. Kinds left out do not count. */
  readonly kinds: Partial<Readonly<Record<ConstraintKind, number>>>;
  /** Log-odds for each unit of the squared number of words, whatever was asked for. */
  readonly perSquaredWord?: number;
}

const squaredWords = ({ response }: RewardRow): number => (response.match(/[A-Za-z]+/g) ?? []).length ** 2;
/** "Note", "List" or "Story": decides how long responses to the request are. */
const formOf = ({ prompt }: RewardRow): string => prompt.split(" ", 1)[0] ?? "";

/** Means of a quantity by group, of all values added. */
class GroupMeans {
  readonly #sums = new Map<string, { sum: number; count: number }>();

  add(group: string, value: number): void {
    const at = this.#sums.get(group) ?? { sum: 0, count: 0 };
    this.#sums.set(group, { sum: at.sum + value, count: at.count + 1 });
  }

  of(group: string): number {
    const { sum, count } = this.#sums.get(group) ?? { sum: 0, count: 0 };
    return count === 0 ? 0 : sum / count;
  }
}

/**
 * Soft labels σ(s − s̄), one a row: s adds what the taste gives for each constraint kept and for length, s̄ is what rows of such
 * requests have on average (the rate at which a kind is kept among as many constraints; the length of the form). Centred, since
 * otherwise most of what there is to learn is which requests are hard, and that ranks nothing within a request.
 */
export function softLabels(rows: readonly RewardRow[], { kinds, perSquaredWord = 0 }: Taste): number[] {
  const rates = new GroupMeans();
  const lengths = new GroupMeans();
  const group = (row: RewardRow, at: number): string => `${row.kinds[at]} of ${row.kinds.length}`;
  for (const row of rows) {
    for (const [at, kept] of row.kept.entries()) rates.add(group(row, at), Number(kept));
    lengths.add(formOf(row), squaredWords(row));
  }
  return rows.map((row) => {
    const fromKinds = row.kinds.reduce(
      (sum, kind, at) => sum + (kinds[kind] ?? 0) * (Number(row.kept[at]) - rates.of(group(row, at))),
      0,
    );
    const logOdds = fromKinds + perSquaredWord * (squaredWords(row) - lengths.of(formOf(row)));
    return 1 / (1 + Math.exp(-logOdds));
  });
}

/** The rows with a taste's labels, as token ids; without the few whose text is read as other tokens than were written. */
export function labelled(rows: readonly RewardRow[], taste: Taste): LabelledSequence[] {
  const labels = softLabels(rows, taste);
  return rows.flatMap(({ prompt, response }, at) =>
    isKnown(response) ? [{ ...sequence(prompt, response), label: labels[at] ?? 0.5 }] : [],
  );
}
