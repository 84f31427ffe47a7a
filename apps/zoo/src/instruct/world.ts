import { stream, type Stream } from "@touchstone/core";
import { COUNT_SHARES, drawRequest, drawTemplate, instantiate, type Request, type Template } from "./grammar.ts";

/** Everything drawn for this world is keyed by this seed. Committed before anything was measured. */
export const WORLD_SEED = 20261121;

/** Problems a split has, as templates × problems of each. Templates are spread over the numbers of constraints as in training. */
export const SPLIT_SIZES = {
  validation: { templates: 125, each: 4 },
  test: { templates: 324, each: 4 },
  shift: { templates: 120, each: 4 },
} as const;
export type HeldOutSplit = keyof typeof SPLIT_SIZES;

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

/** Distinct templates, the quota of every number of constraints filled exactly. */
function templatesOf(split: HeldOutSplit): Template[] {
  const { templates } = SPLIT_SIZES[split];
  // A request with one constraint is never kept from training.
  const shares = COUNT_SHARES.map((share, index) => (split === "shift" && index === 0 ? 0 : share));
  const whole = shares.reduce<number>((sum, share) => sum + share, 0);
  const chosen = new Map<string, Template>();
  let before = 0;
  for (const [index, share] of shares.entries()) {
    // Quotas round so that they add up to the number of templates.
    const quota = Math.round((templates * (before + share)) / whole) - Math.round((templates * before) / whole);
    before += share;
    const random = worldStream("templates", split, index + 1);
    for (const target = chosen.size + quota; chosen.size < target;) {
      const template = drawTemplate(random, index + 1);
      if (isShift(template) === (split === "shift") && instantiate(template, random)) chosen.set(template.id, template);
    }
  }
  return [...chosen.values()];
}

let heldOut: ReadonlyMap<HeldOutSplit, readonly Request[]> | undefined;

/** The problems of a split outside training: no prompt twice, in no two of them. */
export function heldOutRequests(split: HeldOutSplit): readonly Request[] {
  heldOut ??= drawHeldOut();
  return heldOut.get(split) ?? [];
}

function drawHeldOut(): ReadonlyMap<HeldOutSplit, readonly Request[]> {
  const prompts = new Set<string>();
  const splits = new Map<HeldOutSplit, readonly Request[]>();
  for (const split of ["test", "shift", "validation"] as const) {
    const byTemplate = templatesOf(split).map((template) => {
      const random = worldStream("problems", split, template.id);
      const drawn: Request[] = [];
      while (drawn.length < SPLIT_SIZES[split].each) {
        const request = instantiate(template, random);
        if (!request || prompts.has(request.prompt)) continue;
        prompts.add(request.prompt);
        drawn.push(request);
      }
      return drawn;
    });
    splits.set(split, inRounds(split, byTemplate));
  }
  return splits;
}

/** One problem of every template, then a second of every template, each round in an order of its own: the first problems are a fair sample. */
function inRounds(split: HeldOutSplit, byTemplate: readonly (readonly Request[])[]): Request[] {
  return Array.from({ length: SPLIT_SIZES[split].each }, (_, round) => {
    const order = worldStream("problem-order", split, round).permutation(byTemplate.length);
    return Array.from(order, (template) => byTemplate[template]![round]!);
  }).flat();
}

let heldOutPrompts: ReadonlySet<string> | undefined;

/** A training problem from a stream of the caller's: neither of a shifted combination nor in a held-out split. */
export function trainingRequest(random: Stream, draw?: (random: Stream) => Template): Request {
  heldOutPrompts ??= new Set(
    (["validation", "test", "shift"] as const).flatMap((split) => heldOutRequests(split).map(({ prompt }) => prompt)),
  );
  for (;;) {
    const request = drawRequest(random, (template) => !isShift(template), draw);
    if (!heldOutPrompts.has(request.prompt)) return request;
  }
}

/** The first `count` training problems of a purpose; problem `i` depends on `i` alone. */
export function trainingRequests(purpose: "rewards" | "rewards-b" | "train-slice", count: number): Request[] {
  return Array.from({ length: count }, (_, index) => trainingRequest(worldStream(purpose, index)));
}
