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
  /** With a running bound: the share of the budget that is spent on it first, on draws that are not accepted themselves. */
  warmUp: z.number().positive().lt(1).default(0.5),
  /** What is returned where the budget ends before anything is accepted. */
  fallback: z.enum(["best", "last"]).default("best"),
});

type Parameters = z.infer<typeof parameters>;

/**
 * Rejection sampling to the policy tilted by the reward, π(y) ∝ p(y)·exp(r(y)/β): draws one response after the other and returns the
 * first that is accepted, with chance exp((r − M)/β). Exact where M bounds the rewards and something is accepted. All problems advance
 * together. Abstains where every reward failed.
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
    const beta = given.unit === "sd" ? given.beta * access.rewardScale() : given.beta;
    const samplers = problems.map((problem) => new Sampler(problem, access, { ...given, beta }));
    for (;;) {
      const requests = samplers
        .filter((sampler) => sampler.accepted === undefined)
        .map((sampler) => ({ sampler, count: sampler.wants(access) }))
        .filter(({ count }) => count > 0);
      if (requests.length === 0) break;
      const drawn = await access.draw(requests.map(({ sampler, count }) => ({ problem: sampler.problem, count })));
      for (const { sampler } of requests) sampler.noteDraw(access);
      const rewards = await access.reward(drawn.flat());
      let start = 0;
      for (const [i, { sampler }] of requests.entries()) {
        sampler.add(drawn[i]!, rewards.slice(start, (start += drawn[i]!.length)), access);
      }
    }
    return samplers.map((sampler) => sampler.decision(given.fallback));
  },
});

/**
 * By how much attention can make one token dearer than another in FLOPs: it costs no more than the weights do up to contexts of
 * about six times the width of the model.
 */
const ATTENTION = 2;

/** One problem: its draws until one is accepted. */
class Sampler {
  readonly problem: ProblemView;
  /** The accepted draw. */
  accepted: Drawn | undefined;
  readonly #acceptance: Acceptance;
  readonly #coins: Stream;
  /** What is spent before anything can be accepted, in the budget's unit. */
  readonly #warmUp: number;
  readonly #drawn: Drawn[] = [];
  readonly #rewards: number[] = [];
  /** What was spent when the last draw was made. */
  #drawnFor = 0;
  /** What the reward of the first draw cost for each of its tokens, in tokens or FLOPs. */
  #rewardRate = 0;

  constructor(problem: ProblemView, access: Access, { beta, bound, warmUp }: Parameters) {
    this.problem = problem;
    this.#coins = access.random(`accept ${problem.id}`);
    this.#acceptance = new Acceptance(beta, bound === "running" ? undefined : bound);
    this.#warmUp = bound === "running" ? warmUp * access.budget.amount : 0;
  }

  /**
   * How many draws to ask for next: those of the warm-up in samples at once, else one, if it fits. In tokens and FLOPs the
   * dearest possible draw has to: one of the length cap with its reward, which costs for each token as much as the first one did, its prompt included.
   */
  wants(access: Access): number {
    const { unit, amount } = access.budget;
    const spent = access.spent(this.problem);
    const left = amount - spent;
    if (unit === "samples") return Math.min(Math.max(1, Math.ceil(this.#warmUp - spent)), Math.floor(left));
    const { maxTokens } = access.decoding;
    const draw = access.costOfDraw(this.problem, maxTokens);
    const rewarded = access.costOfDraw(this.problem, maxTokens, access.rewardModels[0]);
    const reward = (unit === "flops" ? ATTENTION : 1) * this.#rewardRate * maxTokens;
    return left >= Math.max(rewarded, draw + reward) ? 1 : 0;
  }

  /** Call after a round's draws and before their rewards. */
  noteDraw(access: Access): void {
    this.#drawnFor = access.spent(this.problem);
  }

  add(drawn: readonly Drawn[], rewards: Float64Array, access: Access): void {
    const spent = access.spent(this.problem);
    if (this.#drawn.length === 0) this.#rewardRate = (spent - this.#drawnFor) / Math.max(1, drawn[0]!.tokenCount);
    const warmingUp = spent <= this.#warmUp || drawn.length > 1;
    for (const [i, sample] of drawn.entries()) {
      const reward = rewards[i]!;
      this.#drawn.push(sample);
      this.#rewards.push(reward);
      if (warmingUp) this.#acceptance.see(reward);
      else if (this.#acceptance.accepts(reward, this.#coins.uniform())) this.accepted = sample;
    }
  }

  decision(fallback: Parameters["fallback"]): Decision {
    const chosen = this.accepted ?? this.#fallback(fallback);
    const diagnostics = {
      draws: this.#drawn.length,
      fallback: Number(this.accepted === undefined),
      above_bound: this.#acceptance.aboveBound,
    };
    if (this.#drawn.length === 0)
      return { kind: "abstained", reason: "the budget does not surely buy one draw and its reward", diagnostics };
    if (!chosen) return { kind: "abstained", reason: "no sample has a valid reward", diagnostics };
    return { kind: "decided", weights: [{ id: chosen.id, weight: 1 }], diagnostics };
  }

  #fallback(kind: Parameters["fallback"]): Drawn | undefined {
    const valid = [...this.#rewards.keys()].filter((i) => !Number.isNaN(this.#rewards[i]!));
    const highest = Math.max(...valid.map((i) => this.#rewards[i]!));
    const chosen = kind === "last" ? valid.at(-1) : valid.find((i) => this.#rewards[i] === highest);
    return chosen === undefined ? undefined : this.#drawn[chosen];
  }
}
