import { defineProcedure, TouchstoneError, type Budget, type Decision, type Drawn } from "@touchstone/core";
import { ADAPTIVE, allocateDraws, exploredDraws, LEAST_EXPLORED } from "@touchstone/stats";
import { z } from "zod";

const parameters = z.strictObject({
  /** Share of the budget that every problem is explored with; d = ⌈exploration · budget⌉, 8 ≤ d ≤ budget. */
  exploration: z.number().positive().max(1).default(0.75),
  /** How the rest is spread: where it gains most, or by one of the simple rules it is compared with. */
  allocation: z.enum(["greedy", "sd-proportional", "lowest-maximum-first", "uniform"]).default(ADAPTIVE.allocation),
  /** The law that `greedy` takes a problem's rewards to have. */
  density: z.enum(["kernel", "gaussian", "empirical"]).default(ADAPTIVE.density),
  /** The value of further draws by the integral (`exact`) or, as the paper has it, by simulation (`monte-carlo`). */
  estimator: z.enum(["exact", "monte-carlo"]).default(ADAPTIVE.estimator),
  /** Simulated sequences of draws per problem with `monte-carlo`. */
  paths: z.number().int().positive().default(ADAPTIVE.paths),
});

/**
 * AdaBoN: d draws of every problem, an estimate of each problem's law of rewards, and the rest of the batch's budget given draw by
 * draw to the problem whose highest reward is expected to gain most. Answers with the highest reward of all draws, explored ones
 * included. Two rounds of draws for the whole batch. Abstains as undefined where d < 8 or the budget is not in samples.
 *
 * Throws `budget-not-shared` where each problem has a budget of its own.
 */
export const adaptiveBestOfN = defineProcedure({
  name: "adaptive-best-of-n",
  summary: "Best-of-n with a budget shared by a batch, spent where further draws gain most.",
  reference: {
    title: "AdaBoN: Adaptive Best-of-N Alignment",
    authors: "Raman, Asi, Kale",
    year: 2025,
    source: "arXiv:2505.12050",
  },
  needs: { rewards: "one", answers: false, batch: true, mostOfOne, undefinedAt },
  parameters,
  search: { knobs: { exploration: { scale: "linear", from: 0.25, to: 0.9 } } },

  async decide(problems, access, { exploration, ...rule }) {
    const { budget } = access;
    checkShared(budget);
    const reason = undefinedAt({ exploration }, budget);
    const explored = exploredDraws(budget.amount, exploration);
    if (reason !== undefined) return problems.map(() => ({ kind: "abstained", reason }));

    const rewarded = async (drawn: readonly (readonly Drawn[])[]): Promise<Sampled[]> => {
      const rewards = await access.reward(drawn.flat());
      let start = 0;
      return drawn.map((samples) => ({ samples, rewards: rewards.slice(start, (start += samples.length)) }));
    };
    const first = await rewarded(await access.draw(problems.map((problem) => ({ problem, count: explored }))));
    const extra = Math.floor(budget.amount * problems.length) - explored * problems.length;
    const given = allocateDraws(
      first.map(({ rewards }) => rewards),
      extra,
      rule,
      access.random("allocation"),
    );
    const wanted = [...given.keys()].filter((i) => given[i]! > 0);
    const second =
      wanted.length > 0
        ? await rewarded(await access.draw(wanted.map((i) => ({ problem: problems[i]!, count: given[i]! }))))
        : [];
    return first.map((sampled, i) => {
      const more = second[wanted.indexOf(i)];
      return highest(more ? [sampled, more] : [sampled], { explored_samples: explored, allocated_samples: given[i]! });
    });
  },
});

/** Everything that exploration leaves may go to one problem. */
function mostOfOne({ exploration }: z.infer<typeof parameters>, amount: number, batchSize: number): number {
  const explored = exploredDraws(amount, exploration);
  return explored + batchSize * (amount - explored);
}

interface Sampled {
  readonly samples: readonly Drawn[];
  readonly rewards: Float64Array;
}

function highest(rounds: readonly Sampled[], diagnostics: Readonly<Record<string, number>>): Decision {
  const drawn = rounds.flatMap(({ samples, rewards }) => samples.map(({ id }, i) => ({ id, reward: rewards[i]! })));
  const valid = drawn.filter(({ reward }) => !Number.isNaN(reward));
  if (valid.length === 0) return { kind: "abstained", reason: "no sample has a valid reward", diagnostics };
  const best = Math.max(...valid.map(({ reward }) => reward));
  const winners = valid.filter(({ reward }) => reward === best);
  return { kind: "decided", weights: winners.map(({ id }) => ({ id, weight: 1 / winners.length })), diagnostics };
}

function undefinedAt(
  { exploration }: Pick<z.infer<typeof parameters>, "exploration">,
  { unit, amount }: Budget,
): string | undefined {
  if (unit !== "samples") return `undefined: draws are allocated by number, and the budget is in ${unit}`;
  const explored = exploredDraws(amount, exploration);
  if (explored >= LEAST_EXPLORED && explored <= amount) return undefined;
  return `undefined: exploring ${explored} of ${amount} draws a problem does not describe its rewards; ${LEAST_EXPLORED} are needed`;
}

function checkShared(budget: Budget): void {
  if (budget.scope === "batch") return;
  throw new TouchstoneError({
    code: "budget-not-shared",
    family: "usage",
    what: "adaptive-best-of-n spreads one budget over a batch of problems.",
    value: budget.scope,
    fix: "Set the budget's scope to `batch` and give the batch a size, or use best-of-n.",
  });
}
