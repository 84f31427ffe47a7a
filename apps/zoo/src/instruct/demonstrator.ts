import type { Stream } from "@touchstone/core";
import { keptConstraints } from "@touchstone/tasks";
import { compose } from "./compose.ts";
import type { Request } from "./grammar.ts";

/** Chance that the demonstrator keeps a constraint, by the number of them in the request: the more there are, the less each counts. */
export const KEEPS = [0.85, 0.74, 0.64, 0.54, 0.46, 0.4, 0.36, 0.33] as const;

export interface Demonstration {
  readonly request: Request;
  readonly response: string;
  /** Which of the constraints the response keeps. */
  readonly kept: readonly boolean[];
}

/** A response in which a coin for every constraint decided whether it is kept or broken; `careful` keeps them all. */
export function demonstrate(request: Request, random: Stream, careful = false): Demonstration {
  const { constraints } = request;
  const chance = careful ? 1 : KEEPS[constraints.length - 1]!;
  const { text } = compose(
    request,
    constraints.map(() => random.uniform() < chance),
    random,
  );
  return { request, response: text, kept: keptConstraints(text, constraints) };
}
