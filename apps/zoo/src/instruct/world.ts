import { stream, type Stream } from "@touchstone/core";
import { HeldOut, type HeldOutSplit } from "../held-out.ts";
import { COUNT_SHARES, drawRequest, drawTemplate, instantiate, type Request, type Template } from "./grammar.ts";

/** Everything drawn for this world is keyed by this seed. Committed before anything was measured. */
export const WORLD_SEED = 20261121;

export type Purpose =
  | "templates"
  | "problems"
  | "problem-order"
  | "demonstrations"
  | "buckets"
  | "rewards"
  | "rewards-b"
  | "reward-order"
  | "train-slice";

export function worldStream(purpose: Purpose, ...key: readonly (string | number)[]): Stream {
  return stream(WORLD_SEED, "instruct", purpose, ...key);
}

/** One combination of kinds in five, of those with two or more, is kept from training, in whichever order and form. */
export function isShift({ kinds }: Pick<Template, "kinds">): boolean {
  return kinds.length >= 2 && worldStream("templates", "shift", kinds.toSorted().join(".")).integer(5) === 0;
}

const heldOut = new HeldOut<Template, Request>({
  stream: worldStream,
  // Of 1, 2, … constraints. A request with one is never kept from training.
  shares: (split) => COUNT_SHARES.map((share, index) => (split === "shift" && index === 0 ? 0 : share)),
  drawTemplate,
  instantiate,
  isShift,
});

/** The problems of a split outside training: no prompt twice, in no two of them. */
export function heldOutRequests(split: HeldOutSplit): readonly Request[] {
  return heldOut.problems(split);
}

/** A training problem from a stream of the caller's: neither of a shifted combination nor in a held-out split. */
export function trainingRequest(random: Stream, draw?: (random: Stream) => Template): Request {
  for (;;) {
    const request = drawRequest(random, (template) => !isShift(template), draw);
    if (!heldOut.has(request)) return request;
  }
}

/** The first `count` training problems of a purpose; problem `i` depends on `i` alone. */
export function trainingRequests(purpose: "rewards" | "rewards-b" | "train-slice", count: number): Request[] {
  return Array.from({ length: count }, (_, index) => trainingRequest(worldStream(purpose, index)));
}
