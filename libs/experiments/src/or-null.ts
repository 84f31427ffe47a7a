/** A number as a table holds it: undefined and infinite ones are absent. */
export function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
