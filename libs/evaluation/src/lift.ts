import {
  defineProcedure,
  TouchstoneError,
  type Access,
  type Decision,
  type Drawn,
  type DrawnView,
  type ProblemView,
  type Procedure,
  type Selector,
} from "@touchstone/core";
import { mean } from "@touchstone/stats";
import { checkSelection } from "./check-weights.ts";
import { readsOf } from "./needs.ts";
import { Similarities } from "./similarities.ts";
import { readRewards } from "./views.ts";

/**
 * A selector as a procedure: draws its budget of samples for every problem in one round, has them rewarded in a second
 * where it needs that, and selects. Budgets must be in samples: law 7 gives a selector one n, and only the evaluation, which
 * knows all problems' lengths, can convert other units into it. What follows a response's last token (`afterLast`) cannot be
 * asked of an access: a selector whose parameters read it throws `not-liftable`.
 */
export function lift<P>(selector: Selector<P>): Procedure<P> {
  const { name, summary, reference, needs, parameters } = selector;
  return defineProcedure<P>({
    name,
    summary,
    reference,
    // Everything a view shows is made from what was drawn, token by token.
    needs: { ...needs, tokenStatistics: true },
    parameters,
    async decide(problems, access, given) {
      if (readsOf(needs, given).afterLast) throw notLiftable(name);
      const count = Math.min(samplesOf(access), needs.atMost ?? Number.POSITIVE_INFINITY);
      const drawn = await access.draw(
        problems.map((problem) => ({ problem, count, ...(needs.decoding ? { decoding: needs.decoding } : {}) })),
      );
      const rewards = await rewardsOf(selector.needs.rewards, drawn, access);
      return problems.map((problem, i) => {
        const view = viewOfDrawn(problem, drawn[i]!, rewards[i]!, access);
        const selection = selector.select(view, given, access.random(`select ${problem.id}`));
        checkSelection(name, selection, view.size);
        return decisionOf(selection, drawn[i]!);
      });
    },
  });
}

function samplesOf({ budget }: Access): number {
  if (budget.unit === "samples") return Math.floor(budget.amount);
  throw new TouchstoneError({
    code: "budget-not-in-samples",
    family: "internal",
    what: "A lifted selector takes a budget in samples.",
    value: budget.unit,
    fix: "Convert the budget into samples first, as `evaluate` does.",
  });
}

function notLiftable(name: string): TouchstoneError {
  return new TouchstoneError({
    code: "not-liftable",
    family: "internal",
    what: "A selector that reads what follows the last token cannot decide behind an access.",
    value: name,
    fix: "Let the evaluation run it as a selector.",
  });
}

/** For each problem, the rewards of its samples by model; one round of calls for all problems. */
async function rewardsOf(
  needs: Selector["needs"]["rewards"],
  drawn: readonly (readonly Drawn[])[],
  access: Access,
): Promise<readonly ReadonlyMap<string, Float64Array>[]> {
  const models = needs === "none" ? [] : access.rewardModels;
  const byProblem = drawn.map(() => new Map<string, Float64Array>());
  for (const model of models) {
    const values = await access.reward(drawn.flat(), model);
    let start = 0;
    for (const [i, samples] of drawn.entries()) {
      byProblem[i]!.set(model, values.slice(start, start + samples.length));
      start += samples.length;
    }
  }
  return byProblem;
}

function viewOfDrawn(
  problem: ProblemView,
  drawn: readonly Drawn[],
  rewards: ReadonlyMap<string, Float64Array>,
  access: Access,
): DrawnView {
  const answers = Int32Array.from(drawn, ({ answer }) => answer);
  const similarities = new Similarities(
    drawn.map(({ text }) => text),
    answers,
  );
  return {
    problem,
    size: drawn.length,
    answers,
    rewardModels: [...rewards.keys()],
    rewards: (model) => readRewards(rewards, model),
    rewardScale: (model) => access.rewardScale(model),
    logProbability: Float64Array.from(drawn, ({ logProbability }) => logProbability),
    entropy: Float64Array.from(drawn, ({ entropy }) => entropy),
    selfCertainty: Float64Array.from(drawn, ({ selfCertainty }) => selfCertainty),
    gini: Float64Array.from(drawn, ({ statistics }) => mean(statistics.gini)),
    statistics: (index) => drawn[index]!.statistics,
    similarity: (measure) => similarities.between(measure),
    tokens: Int32Array.from(drawn, ({ tokenCount }) => tokenCount),
    truncated: Uint8Array.from(drawn, ({ truncated }) => (truncated ? 1 : 0)),
    text: (index) => drawn[index]!.text,
  };
}

function decisionOf(selection: ReturnType<Selector["select"]>, drawn: readonly Drawn[]): Decision {
  if (selection.kind === "abstained") return selection;
  const weights = Array.from(selection.weights, (weight, i) => ({ id: drawn[i]!.id, weight }));
  return {
    kind: "decided",
    weights: weights.filter(({ weight }) => weight > 0),
    ...(selection.diagnostics ? { diagnostics: selection.diagnostics } : {}),
  };
}
