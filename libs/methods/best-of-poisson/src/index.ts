import { defineProcedure, type Access, type Budget, type LabelledStream } from "@touchstone/core";
import { massOnHighest } from "@touchstone/stats";
import { z } from "zod";
import { DRAW_COUNTS } from "./draw-count.ts";
import { hedgedMean } from "./hedge.ts";

const parameters = z.strictObject({
  /** Law of the number of draws: 1 + Poisson(mean − 1), or the mean itself, rounded. Cut off at the budget. */
  law: z.enum(["poisson", "fixed"]).default("poisson"),
  /** Its mean: the budget, a number, or `hedged`, the one at which gold stops rising on the labelled problems. */
  mean: z.union([z.enum(["budget", "hedged"]), z.number().min(1)]).default("budget"),
});

type Parameters = z.infer<typeof parameters>;

/** What was learned: the mean number of draws. */
interface Hedge {
  readonly mean?: number;
}

/**
 * Best-of-Poisson: best-of-n with a random n for every problem, whose law comes close to the policy tilted by the reward; and HedgeTune,
 * which chooses the mean number of draws where the gold reward of the best by proxy stops rising. Answers with the highest reward, ties
 * sharing the mass. Abstains as undefined where the budget is not in samples, and where every reward failed.
 */
export const bestOfPoisson = defineProcedure<Parameters, Hedge | undefined>({
  name: "best-of-poisson",
  summary: "Best-of-n with a Poisson number of draws, by choice hedged against over-optimisation.",
  reference: {
    title: "Inference-Time Reward Hacking in Large Language Models",
    authors: "Khalaf et al.",
    year: 2025,
    source: "arXiv:2506.19248",
  },
  needs: { rewards: "one", answers: false, learns: ({ mean }: Parameters) => mean === "hedged", undefinedAt },
  parameters,
  search: { knobs: { mean: { scale: "choice", values: ["budget", "hedged"] } } },

  async fit(train, access, given) {
    if (given.mean !== "hedged" || access.budget.unit !== "samples" || train.problems.length === 0) return {};
    return { mean: hedgedMean(await judged(train, access), DRAW_COUNTS[given.law], Math.floor(access.budget.amount)) };
  },

  async decide(problems, access, { law, mean }, state) {
    const most = Math.floor(access.budget.amount);
    const average = mean === "budget" ? most : mean === "hedged" ? state?.mean : mean;
    const never = undefinedAt({}, access.budget);
    if (never !== undefined || average === undefined) {
      const reason = never ?? "undefined: there were no labelled problems to hedge on";
      return problems.map(() => ({ kind: "abstained", reason }));
    }
    const drawn = await access.draw(
      problems.map((problem) => {
        const count = DRAW_COUNTS[law].draw(average, access.random(`draws ${problem.id}`));
        return { problem, count: Math.min(Math.max(1, count), most) };
      }),
    );
    const rewards = await access.reward(drawn.flat());
    let start = 0;
    return drawn.map((samples) => {
      const mass = massOnHighest(rewards.subarray(start, (start += samples.length)));
      const diagnostics = { draws: samples.length, mean_draws: average };
      if (!mass) return { kind: "abstained", reason: "no sample has a valid reward", diagnostics };
      const weights = samples.flatMap(({ id }, i) => (mass.weights[i]! > 0 ? [{ id, weight: mass.weights[i]! }] : []));
      return { kind: "decided", weights, diagnostics };
    });
  },
});

function undefinedAt(_: object, { unit }: Budget): string | undefined {
  return unit === "samples" ? undefined : `undefined: a number of draws is needed, and the budget is in ${unit}`;
}

async function judged(train: LabelledStream, access: Access) {
  const count = Math.floor(access.budget.amount);
  const drawn = await access.draw(train.problems.map((problem) => ({ problem, count })));
  const all = drawn.flat();
  const [proxy, gold] = [await access.reward(all), await train.grades(all)];
  let start = 0;
  return drawn.map(({ length }) => {
    const end = start + length;
    const problem = { proxy: proxy.subarray(start, end), gold: gold.subarray(start, end) };
    start = end;
    return problem;
  });
}
