import { ascendingOrder } from "@touchstone/stats";

/** F̂(R_i): the share of the group whose reward is at most R_i, in (0, 1]. */
export function shareAtMost(rewards: Float64Array): Float64Array {
  const size = rewards.length;
  const order = ascendingOrder(rewards);
  const shares = new Float64Array(size);
  for (let end = size; end > 0;) {
    let start = end - 1;
    while (start > 0 && rewards[order[start - 1]!] === rewards[order[end - 1]!]) start--;
    for (let rank = start; rank < end; rank++) shares[order[rank]!] = end / size;
    end = start;
  }
  return shares;
}
