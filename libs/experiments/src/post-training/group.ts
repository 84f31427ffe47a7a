import type { Contestant } from "./contestants.ts";

/**
 * Advantages of one group, 0 for rollouts whose reward failed: they are left out, and the rest is a group of its own. Zeros where
 * what is left is too small for the estimator or all alike.
 */
export function advantagesOf(rewards: Float64Array, contestant: Contestant, deployed: number): Float64Array {
  const valid = [...rewards.keys()].filter((i) => Number.isFinite(rewards[i]!));
  const advantages = new Float64Array(rewards.length);
  if (valid.length < 2) return advantages;
  const own = Float64Array.from(valid, (i) => rewards[i]!);
  if (valid.length < rewards.length && !fits(contestant, valid.length, deployed)) return advantages;
  const found = contestant.advantages(own, valid.length, deployed);
  valid.forEach((i, k) => {
    advantages[i] = found[k]!;
  });
  return advantages;
}

function fits(contestant: Contestant, rollouts: number, deployed: number): boolean {
  try {
    contestant.warnings(rollouts, deployed);
    return true;
  } catch {
    return false;
  }
}
