import type { Grader } from "@touchstone/core";

/**
 * For requests that nothing here can grade: no reference says what is right, and a reward or a judge is no gold. Every grade is
 * NaN, undefined, which tables and pages call "no gold". Never 0.
 */
export const noGold: Grader = { name: "no-gold", gold: "none", grade: () => Number.NaN };
