import type { ProblemLook, Selection } from "@touchstone/core";
import type { Head } from "./cell-record.ts";
import { cellValue } from "./cell-record.ts";
import type { ProblemPool } from "./columns.ts";
import { isRight } from "./pool-numbers.ts";

/** What one contender decided on the pool's first samples. */
export interface LookDecision {
  readonly head: Head;
  readonly budget: number;
  /** Answer → weight; the empty string stands for abstention. */
  readonly answers: Readonly<Record<string, number>>;
  readonly accuracy: number;
}

/** Stands for a response without a readable answer among a decision's answers. */
const UNPARSABLE = "(unparsable)";

/** Weights of responses by their answers; null = unparsable. None: an abstention. */
export function massByAnswer(
  weighted: readonly { readonly answerKey: string | null; readonly weight: number }[],
): Record<string, number> {
  if (weighted.length === 0) return { "": 1 };
  const answers: Record<string, number> = {};
  for (const { answerKey, weight } of weighted) {
    const key = answerKey ?? UNPARSABLE;
    answers[key] = (answers[key] ?? 0) + weight;
  }
  return answers;
}

/** A decision by answers. `chosen` holds the pool's indices of the samples that it weighs. */
export function weightByAnswer(selection: Selection, chosen: Uint32Array, pool: ProblemPool): Record<string, number> {
  if (selection.kind === "abstained") return massByAnswer([]);
  const weighted = Array.from(selection.weights, (weight, i) => {
    return { answerKey: pool.answerKeys[pool.answers[chosen[i]!]!] ?? null, weight };
  });
  return massByAnswer(weighted.filter(({ weight }) => weight > 0));
}

/** One problem with its first samples and what was decided on them. */
export function lookAt(
  pool: ProblemPool,
  names: { readonly dataset: string; readonly model: string },
  decisions: readonly LookDecision[],
  samples: number,
): ProblemLook {
  const shown = Array.from({ length: Math.min(samples, pool.size) }, (_, index) => index);
  return {
    ...names,
    problem: pool.view.id,
    cluster: pool.view.cluster,
    prompt: pool.view.messages.map(({ content }) => content).join("\n\n"),
    reference: pool.reference,
    answers: answersByFrequency(pool),
    samples: shown.map((index) => ({
      index,
      text: pool.text[index]!,
      answer: pool.answerKeys[pool.answers[index]!] ?? null,
      grade: cellValue(pool.grades[index]),
      tokens: pool.tokens[index]!,
      finish: pool.finish[index]!,
      log_probability: cellValue(pool.logProbability[index]),
      self_certainty: cellValue(pool.selfCertainty[index]),
      rewards: Object.fromEntries(
        Array.from(pool.rewards, ([name, { values }]) => [name, cellValue(values[index])] as const),
      ),
    })),
    decisions: decisions.map(({ head, budget, answers, accuracy }) => ({
      method: head.method,
      parameters: head.parameters,
      reward_model: head.reward_model,
      budget,
      answers,
      accuracy: cellValue(accuracy),
    })),
  };
}

function answersByFrequency(pool: ProblemPool): ProblemLook["answers"] {
  const groups = Map.groupBy(pool.answers.keys(), (index) => pool.answers[index]!);
  return Array.from(groups, ([answer, members]) => ({
    answer: pool.answerKeys[answer] ?? null,
    count: members.length,
    correct: Number.isNaN(pool.grades[members[0]!]!) ? null : isRight(pool.grades[members[0]!]!),
  })).toSorted((a, b) => b.count - a.count);
}

/**
 * Keeps a bounded number of looks: half of them the first problems offered, the others those on which the methods disagree
 * most (variance of the decisions' accuracies). Looks are built only when kept.
 */
export class LookShelf {
  readonly #limit: number;
  readonly #first: ProblemLook[] = [];
  readonly #disagreeing: { readonly disagreement: number; readonly look: ProblemLook }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  offer(decisions: readonly LookDecision[], build: () => ProblemLook): void {
    const half = Math.ceil(this.#limit / 2);
    if (this.#first.length < half) {
      this.#first.push(build());
      return;
    }
    const disagreement = variance(decisions.map(({ accuracy }) => accuracy));
    const full = this.#disagreeing.length >= this.#limit - half;
    if (full && disagreement <= (this.#disagreeing.at(-1)?.disagreement ?? 0)) return;
    const at = this.#disagreeing.findIndex((entry) => entry.disagreement < disagreement);
    this.#disagreeing.splice(at === -1 ? this.#disagreeing.length : at, 0, { disagreement, look: build() });
    this.#disagreeing.length = Math.min(this.#disagreeing.length, this.#limit - half);
  }

  get looks(): readonly ProblemLook[] {
    return [...this.#disagreeing.map(({ look }) => look), ...this.#first];
  }
}

function variance(values: readonly number[]): number {
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length;
}
