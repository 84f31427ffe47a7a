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
import { checkSelection } from "./check-weights.ts";
import { readRewards } from "./views.ts";

/**
 * A selector as a procedure: draws its budget of samples for every problem in one round, has them rewarded in a second
 * where it needs that, and selects. Budgets must be in samples: law 7 gives a selector one n, and only the evaluation, which
 * knows all problems' lengths, can convert other units into it. A selector that sees all reward models is told their names.
 */
export function lift<P>(selector: Selector<P>, rewardModels: readonly string[] = []): Procedure<P> {
  const { name, summary, reference, needs, parameters } = selector;
  return defineProcedure<P>({
    name,
    summary,
    reference,
    needs,
    parameters,
    async decide(problems, access, given) {
      const count = Math.min(samplesOf(access), needs.atMost ?? Number.POSITIVE_INFINITY);
      const drawn = await access.draw(
        problems.map((problem) => ({ problem, count, ...(needs.decoding ? { decoding: needs.decoding } : {}) })),
      );
      const rewards = await rewardsOf(selector.needs.rewards, drawn, access, rewardModels);
      return problems.map((problem, i) => {
        const view = viewOfDrawn(problem, drawn[i]!, rewards[i]!);
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

/** For each problem, the rewards of its samples by model; one round of calls for all problems. */
async function rewardsOf(
  needs: Selector["needs"]["rewards"],
  drawn: readonly (readonly Drawn[])[],
  access: Access,
  rewardModels: readonly string[],
): Promise<readonly ReadonlyMap<string, Float64Array>[]> {
  const models = needs === "none" ? [] : needs === "all" ? rewardModels : [undefined];
  const byProblem = drawn.map(() => new Map<string, Float64Array>());
  for (const model of models) {
    const values = await access.reward(drawn.flat(), model);
    let start = 0;
    for (const [i, samples] of drawn.entries()) {
      byProblem[i]!.set(model ?? "the only one", values.slice(start, start + samples.length));
      start += samples.length;
    }
  }
  return byProblem;
}

function viewOfDrawn(
  problem: ProblemView,
  drawn: readonly Drawn[],
  rewards: ReadonlyMap<string, Float64Array>,
): DrawnView {
  return {
    problem,
    size: drawn.length,
    answers: Int32Array.from(drawn, ({ answer }) => answer),
    rewardModels: [...rewards.keys()],
    rewards: (model) => readRewards(rewards, model),
    logProbability: Float64Array.from(drawn, ({ logProbability }) => logProbability),
    entropy: Float64Array.from(drawn, ({ entropy }) => entropy),
    selfCertainty: Float64Array.from(drawn, ({ selfCertainty }) => selfCertainty),
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
