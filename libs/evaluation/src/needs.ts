import type { Method, Needs } from "@touchstone/core";

/** What a method reads of its samples beyond columns. */
export interface Reads {
  /** Tokens, and the statistics of every token. */
  readonly tokenStatistics: boolean;
  /** The distribution after each response's last token. */
  readonly afterLast: boolean;
}

/** What a method with these parameters reads. Who continues responses needs their tokens. */
export function readsOf(needs: Needs, parameters: unknown): Reads {
  return {
    tokenStatistics: holds(needs.tokenStatistics, parameters) || continuesWith(needs, parameters),
    afterLast: holds(needs.afterLast, parameters),
  };
}

/** Whether a method with these parameters continues responses. */
export function continuesWith({ continues }: Needs, parameters: unknown): boolean {
  return holds(continues, parameters);
}

/** Whether a method with these parameters learns from labelled problems before it decides. */
export function learnsWith(method: Method, parameters: unknown): boolean {
  if (method.kind !== "procedure" || !method.fit) return false;
  return method.needs.learns === undefined || holds(method.needs.learns, parameters);
}

/** Whether a need that may depend on the parameters is there. */
export function holds(need: boolean | ((parameters: never) => boolean) | undefined, parameters: unknown): boolean {
  // The parameters have passed the method's own schema.
  return typeof need === "function" ? need(parameters as never) : (need ?? false);
}
