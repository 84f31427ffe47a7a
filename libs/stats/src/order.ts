import { ascending } from "./descriptive.ts";

/** Groups of this size and less are sorted by insertion: a million small groups are sorted by nothing faster. */
const SMALL = 48;

/** The indices of `values` from the lowest value to the highest; equal values in their order. No NaN. */
export function ascendingOrder(values: ArrayLike<number>): Uint32Array {
  const size = values.length;
  const order = new Uint32Array(size);
  if (size > SMALL) {
    for (let i = 0; i < size; i++) order[i] = i;
    return order.toSorted((i, j) => ascending(values[i]!, values[j]!) || i - j);
  }
  for (let i = 0; i < size; i++) {
    const value = values[i]!;
    let at = i;
    while (at > 0 && values[order[at - 1]!]! > value) {
      order[at] = order[at - 1]!;
      at--;
    }
    order[at] = i;
  }
  return order;
}
