import type { Stream } from "@touchstone/core";
import { keptConstraints } from "@touchstone/tasks";
import { compose } from "./compose.ts";
import type { Request } from "./grammar.ts";

/** Chance that a demonstrator keeps a constraint, by the number of them in the request: the more there are, the less each counts. */
export type Care = readonly number[];
export const KEEPS: Care = [0.95, 0.92, 0.9, 0.87, 0.84, 0.81, 0.78, 0.75];
/** Demonstrators of parts of the training: one that keeps all, and one that breaks most where there are many. */
export const CAREFUL: Care = [1, 1, 1, 1, 1, 1, 1, 1];
export const SLOPPY: Care = [0.85, 0.74, 0.64, 0.54, 0.46, 0.4, 0.36, 0.33];

export interface Demonstration {
  readonly request: Request;
  readonly response: string;
  /** Which of the constraints the response keeps. */
  readonly kept: readonly boolean[];
}

/** A response in which a coin for every constraint decided whether it is kept or broken on purpose. */
export function demonstrate(request: Request, random: Stream, care = KEEPS): Demonstration {
  const { constraints } = request;
  const chance = care[constraints.length - 1]!;
  const keep = constraints.map(() => random.uniform() < chance);
  const { text } = compose(request, keep, random);
  return { request, response: text, kept: keptConstraints(text, constraints) };
}
