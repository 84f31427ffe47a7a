import type { Decision, Diagnostics, SampleId } from "@touchstone/core";
import { effectiveSampleSize, massOnHighest, modes, rouge1Pairs } from "@touchstone/stats";
import type { Chain, Link } from "./chain.ts";

/**
 * What a chain answers with: a state of the most frequent answer class; the state most like the others (ROUGE-1, minimum Bayes
 * risk); the state of the highest reward; or the last one.
 */
export const ANSWERS = ["majority", "mbr", "best", "last"] as const;

export interface AnswerOptions {
  readonly answer: (typeof ANSWERS)[number];
  readonly burnIn: number;
  readonly thinning: number;
  /** Whether unparsable states vote, as one class. */
  readonly unparsable: "ignore" | "vote";
}

interface Visit {
  readonly link: Link;
  readonly count: number;
}

/**
 * The decision of one chain. A state counts as often as the chain was in it. Ties share the mass. `traced` names the last value
 * of the chain's trace among the diagnostics.
 */
export function answerOf(chain: Chain, options: AnswerOptions, traced: string): Decision {
  const diagnostics = { ...diagnosticsOf(chain), [traced]: chain.trace.at(-1) ?? Number.NaN };
  const visits = chain.visits(options.burnIn, options.thinning);
  if (visits.length === 0) {
    const reason = chain.state.valid ? "the chain is no longer than its burn-in" : "no state has a valid reward";
    return { kind: "abstained", reason, diagnostics };
  }
  const weights = {
    majority: () => majority(visits, options.unparsable),
    mbr: () => massOnHighest(likeness(visits))?.weights,
    best: () => massOnHighest(visits.map(({ link }) => link.reward))?.weights,
    last: () => Float64Array.from(visits, (_, i) => Number(i === visits.length - 1)),
  }[options.answer]();
  if (weights === undefined) return { kind: "abstained", reason: "no state has a parsable answer", diagnostics };
  return { kind: "decided", weights: weighted(visits, weights), diagnostics };
}

/** Classes of the most visits share the mass alike, the states within one by their visits. */
function majority(visits: readonly Visit[], unparsable: AnswerOptions["unparsable"]): Float64Array | undefined {
  const labels = visits.map(({ link }) => link.drawn.answer);
  const counts = visits.map(({ count }) => count);
  const votes = (i: number) => unparsable === "vote" || labels[i]! >= 0;
  const { classes } = modes(labels, votes, (i) => counts[i]!);
  if (classes.size === 0) return undefined;
  const totals = new Map([...classes].map((label) => [label, 0]));
  labels.forEach((label, i) => totals.has(label) && totals.set(label, totals.get(label)! + counts[i]!));
  return Float64Array.from(labels, (label, i) => counts[i]! / (totals.get(label) ?? Infinity) / classes.size);
}

/** Σ_j c_j ROUGE-1(i, j) / Σ_j c_j, c the visits, a state itself included. Equal texts are compared once. */
function likeness(visits: readonly Visit[]): Float64Array {
  const countOf = new Map<string, number>();
  for (const { link, count } of visits) countOf.set(link.drawn.text, (countOf.get(link.drawn.text) ?? 0) + count);
  const texts = [...countOf.keys()];
  const counts = [...countOf.values()];
  const whole = counts.reduce((a, b) => a + b, 0);
  const similarity = rouge1Pairs(texts);
  const scores = new Map(
    texts.map((text, i) => [text, counts.reduce((sum, count, j) => sum + count * similarity(i, j), 0) / whole]),
  );
  return Float64Array.from(visits, ({ link }) => scores.get(link.drawn.text)!);
}

function weighted(visits: readonly Visit[], weights: Float64Array): { id: SampleId; weight: number }[] {
  return visits.flatMap(({ link }, i) => (weights[i]! > 0 ? [{ id: link.drawn.id, weight: weights[i]! }] : []));
}

function diagnosticsOf(chain: Chain): Diagnostics {
  return {
    chain_steps: chain.steps,
    acceptance_rate: chain.acceptanceRate,
    effective_sample_size: effectiveSampleSize(chain.trace),
    kept_prefix_share: chain.keptShare,
    failed_rewards: chain.failed,
  };
}
