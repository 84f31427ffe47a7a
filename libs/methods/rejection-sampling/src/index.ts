import {
  defineProcedure,
  type Access,
  type Decision,
  type Drawn,
  type ProblemView,
  type Stream,
} from "@touchstone/core";
import { z } from "zod";
import { Acceptance } from "./acceptance.ts";

const parameters = z.strictObject({
  /** Temperature of the tilt: the smaller, the closer to the highest rewards and the rarer an acceptance. */
  beta: z.number().positive().default(1),
  /** Whether `beta` is in units of the rewards or of their median within-problem standard deviation. */
  unit: z.enum(["raw", "sd"]).default("raw"),
  /** The highest possible reward, if it is known; `running`: the highest of this problem so far. */
  bound: z.union([z.literal("running"), z.number()]).default("running"),
  /** With a running bound: draws to be seen before one is accepted. */
  warmUp: z.number().int().positive().default(8),
  /** What is returned where the budget ends before anything is accepted. */
  fallback: z.enum(["best", "last"]).default("best"),
});

type Parameters = z.infer<typeof parameters>;

/**
 * Rejection sampling to the policy tilted by the reward, π(y) ∝ p(y)·exp(r(y)/β): draws one response after the other and returns the
 * first that is accepted, with chance exp((r − M)/β). Exact where M bounds the rewards and something is accepted. All problems advance
 * together. Budgets in samples or tokens; abstains as undefined for FLOPs, and where every reward failed.
 */
export const rejectionSampling = defineProcedure({
  name: "rejection-sampling",
  summary: "The first draw that rejection accepts: a draw from the policy tilted by the reward.",
  reference: {
    title: "Various techniques used in connection with random digits",
    authors: "von Neumann",
    year: 1951,
  },
  needs: { rewards: "one", answers: false },
  parameters,
  search: { knobs: { beta: { scale: "log", from: 0.05, to: 5 } }, fixed: { unit: "sd" } },

  async decide(problems, access, given) {
    if (access.budget.unit === "flops") {
      const reason = "undefined: the cost of a draw in FLOPs is not known before it is drawn";
      return problems.map(() => ({ kind: "abstained", reason }));
    }
    const beta = given.unit === "sd" ? given.beta * access.rewardScale() : given.beta;
    const samplers = problems.map((problem) => new Sampler(problem, access, { ...given, beta }));
    for (;;) {
      const requests = samplers
        .filter((sampler) => sampler.accepted === undefined)
        .map((sampler) => ({ sampler, count: sampler.affords(access) }))
        .filter(({ count }) => count > 0);
      if (requests.length === 0) break;
      const drawn = await access.draw(requests.map(({ sampler, count }) => ({ problem: sampler.problem, count })));
      const rewards = await access.reward(drawn.flat());
      let start = 0;
      for (const [i, { sampler }] of requests.entries()) {
        sampler.add(drawn[i]!, rewards.slice(start, (start += drawn[i]!.length)), access);
      }
    }
    return samplers.map((sampler) => sampler.decision(given.fallback));
  },
});

/** One problem: its draws until one is accepted. */
class Sampler {
  readonly problem: ProblemView;
  /** Index of the accepted draw. */
  accepted: number | undefined;
  readonly #acceptance: Acceptance;
  readonly #coins: Stream;
  readonly #drawn: Drawn[] = [];
  /** The dearest draw with its reward so far, in tokens for each token of the response. */
  #rate = 0;

  constructor(problem: ProblemView, access: Access, { beta, bound, warmUp }: Parameters) {
    this.problem = problem;
    this.#coins = access.random(`accept ${problem.id}`);
    this.#acceptance = new Acceptance({ beta, warmUp, bound: bound === "running" ? undefined : bound });
  }

  /**
   * How many of the wanted draws fit. In tokens the dearest possible draw has to: the first cost per token, which paid for the prompt,
   * times the length cap. The first draw comes alone, as its prompt is not counted yet.
   */
  affords(access: Access): number {
    const { budget, decoding } = access;
    const left = budget.amount - access.spent(this.problem);
    const wanted = this.#acceptance.wants;
    if (budget.unit === "samples") return Math.min(wanted, Math.floor(left));
    if (this.#drawn.length === 0) return left >= 2 * decoding.maxTokens ? 1 : 0;
    return Math.min(wanted, Math.floor(left / (this.#rate * decoding.maxTokens)));
  }

  add(drawn: readonly Drawn[], rewards: Float64Array, access: Access): void {
    if (this.#drawn.length === 0) this.#rate = access.spent(this.problem) / Math.max(1, drawn[0]!.tokenCount);
    this.#drawn.push(...drawn);
    for (const reward of rewards) this.#acceptance.add(reward, this.#coins.uniform());
    this.accepted = this.#acceptance.accepted({ ended: false });
  }

  decision(fallback: Parameters["fallback"]): Decision {
    this.accepted ??= this.#acceptance.accepted({ ended: true });
    const chosen = this.accepted ?? this.#acceptance.fallback(fallback);
    const diagnostics = {
      draws: this.#drawn.length,
      fallback: Number(this.accepted === undefined),
      above_bound: this.#acceptance.aboveBound,
    };
    if (chosen === undefined) return { kind: "abstained", reason: "no sample has a valid reward", diagnostics };
    return { kind: "decided", weights: [{ id: this.#drawn[chosen]!.id, weight: 1 }], diagnostics };
  }
}
