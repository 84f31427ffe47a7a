/** A law that a method breaks, with the first case that shows it. */
export interface Violation<Law extends string = string> {
  readonly law: Law;
  readonly detail: string;
}

/** `undefined`: the law holds; otherwise what was seen. */
export type Finding = string | undefined;

/** Runs `check`; an error it throws is what was seen. */
export function finding(check: () => Finding | void): Finding {
  try {
    return check() ?? undefined;
  } catch (error) {
    return `threw ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** As `finding`, for checks that wait. */
export async function findingOf(check: () => Promise<Finding>): Promise<Finding> {
  try {
    return await check();
  } catch (error) {
    return `threw ${error instanceof Error ? error.message : String(error)}`;
  }
}

export function show(values: ArrayLike<number>): string {
  return `[${Array.from(values, (value) => Number(value.toPrecision(6))).join(", ")}]`;
}
