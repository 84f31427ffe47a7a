import { groupTooSmall, TouchstoneError } from "@touchstone/core";
import { z } from "zod";
import { tailOf, topOf, type Tail } from "./tail.ts";
import { momentCancellingWeights } from "./weights.ts";

export const PREFIX_PARAMETERS = z
  .strictObject({
    alpha: z.number().gt(0).max(1).default(0.5),
    order: z.int().min(1).max(8).default(2),
    prefixes: z.int().min(1).max(64).default(4),
  })
  .refine(({ order, prefixes }) => order <= prefixes, "needs at least as many prefixes as the order");

export type PrefixOptions = z.output<typeof PREFIX_PARAMETERS> & { readonly n: number };

/** One prefix size, with its weight in the combination. */
export interface Prefix {
  readonly length: number;
  readonly weight: number;
  readonly tail: Tail;
}

/** How an estimator lays out its prefixes. */
export interface Layout {
  readonly name: string;
  /** Rollouts of a group that no prefix may hold. */
  readonly leftOut: number;
  /** The least top of the smallest prefix. */
  readonly leastTop: number;
}

/** Windows cost J·m² steps. */
const LARGEST_GROUP = 4096;

/**
 * J prefix sizes, evenly spread from m/J (or where the top is large enough) to the largest, in multiples of 1/α where that is a whole number (elsewhere ⌈αp⌉ breaks the smooth expansion of
 * the bias in 1/p), and the weights that cancel its first terms. The layout is ours: the paper's is not known to us.
 */
export function prefixPlan(layout: Layout, size: number, options: PrefixOptions) {
  const { name } = layout;
  const { n, alpha, order, prefixes } = options;
  if (size > LARGEST_GROUP) throw groupTooLarge(name, size);
  const lengths = prefixLengths(layout, size, options);
  if (lengths === undefined) {
    let least = size;
    while (prefixLengths(layout, least, options) === undefined) least++;
    const needs = `${prefixes} prefixes with alpha = ${alpha} need at least ${least}; fewer prefixes need fewer.`;
    throw groupTooSmall(name, size, needs);
  }
  const weights = momentCancellingWeights(lengths, order);
  const settings = lengths.map((length, j): Prefix => {
    return { length, weight: weights[j]!, tail: tailOf(topOf(alpha, length), length, n) };
  });
  const { tail, length } = settings[0]!;
  const warning = `The smallest prefix of ${name} in groups of ${size} has ${length} rollouts and a top of 2: it extrapolates nothing.`;
  return {
    used: { smallest_prefix: length, largest_prefix: lengths.at(-1)!, smallest_top: tail.top, alpha: tail.share },
    warnings: tail.top < 3 ? [warning] : [],
    settings,
  };
}

/** 1/α where that is a whole number, else 1. */
function unitOf(alpha: number): number {
  const inverse = 1 / alpha;
  return Math.abs(inverse - Math.round(inverse)) < 1e-9 ? Math.round(inverse) : 1;
}

/** `undefined` where the group is too small for so many different sizes. */
function prefixLengths({ leastTop, leftOut }: Layout, size: number, options: PrefixOptions): number[] | undefined {
  const { alpha, prefixes } = options;
  const unit = unitOf(alpha);
  const largest = Math.floor((size - leftOut) / unit);
  let smallest = prefixes === 1 ? largest : largest / prefixes;
  while (topOf(alpha, unit * Math.round(smallest)) < leastTop) smallest = Math.floor(smallest) + 1;
  const gap = (largest - smallest) / Math.max(1, prefixes - 1);
  const lengths = Array.from({ length: prefixes }, (_, j) => unit * Math.round(smallest + gap * j));
  return smallest <= largest && new Set(lengths).size === prefixes ? lengths : undefined;
}

function groupTooLarge(name: string, size: number): TouchstoneError {
  return new TouchstoneError({
    code: "group-too-large",
    family: "input",
    what: `${name} takes groups of at most ${LARGEST_GROUP} rollouts: its cost grows with the square.`,
    value: size,
    fix: "Use tea, whose bias is small in such groups.",
  });
}
