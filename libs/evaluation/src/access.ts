import {
  cutTokens,
  decodingId,
  inUnit,
  joinedStatistics,
  spendOfDraw,
  throwIfInterrupted,
  TouchstoneError,
  type Access,
  type Budget,
  type DeclaredVariant,
  type Decoding,
  type Drawn,
  type ProblemView,
  type SampleId,
  type Spend,
  type Stream,
  type TokenStatistics,
} from "@touchstone/core";
import type { Continuation } from "@touchstone/pool";
import type { ProblemPool } from "./columns.ts";
import { drawCost, forwardCost, rewardCost, withPromptsOnce } from "./costs.ts";
import { HandedOut } from "./handed-out.ts";
import type { Handed, PooledSample, TracedSample } from "./handed.ts";
import { lineTexts } from "./line-texts.ts";
import { notReplayable, RewardLookUp } from "./reward-look-up.ts";
import type { ProcedureSource, TraceAct } from "./source.ts";
import { Spending, type Cost } from "./spending.ts";
import type { Sizes } from "./spend.ts";
import { rewardModelNamed } from "./views.ts";

/** One problem that a procedure may draw for: its pools by decoding, each in the order in which it hands out samples. */
export interface AccessProblem {
  readonly view: ProblemView;
  /** By `decodingId`; the suite's own decoding first. */
  readonly pools: ReadonlyMap<string, { readonly pool: ProblemPool; readonly ordering: Uint32Array }>;
}

export interface AccessOptions {
  readonly budget: Budget;
  readonly problems: readonly AccessProblem[];
  readonly decoding: Decoding;
  /** Names of the reward models that may be asked. */
  readonly rewardModels: readonly string[];
  readonly sizes: Sizes;
  /** Ends a line. */
  readonly stepDelimiter: string;
  /** `LanguageModel.lineEnds` with that delimiter. */
  readonly lineEnds: (tokens: Int32Array) => Int32Array;
  /** Answer key of a response; null = unparsable. */
  readonly answerOf: (text: string) => string | null;
  /** What answers acts beyond independent samples; absent: they throw `not-replayable`. */
  readonly source?: ProcedureSource | undefined;
  /** Part of the key of everything drawn beyond independent samples. */
  readonly replicate?: number;
  readonly random: (purpose: string) => Stream;
  readonly signal: AbortSignal;
  /** Called after each act with what all problems have spent, in the budget's unit. */
  readonly onSpent?: (spent: number) => void;
}

/** Steps of one replicate: a chain has fewer, and the pool keeps steps as 32-bit numbers. */
const STEPS_A_REPLICATE = 2 ** 20;

/**
 * `Access` on a pool: draws hand out the pool's independent samples in a given order, and what a procedure asks for beyond them
 * comes from its source. Every act is entered in the ledger before its result is handed out. Throws `over-budget` for an act
 * that does not fit, `pool-exhausted` where the pool ends before the budget does, `over-cap` for responses longer than the
 * suite's, and `not-replayable` for what a pool of independent samples cannot answer where there is no source.
 */
export class PoolAccess implements Access {
  readonly budget: Budget;
  readonly decoding: Decoding;
  readonly rewardModels: readonly string[];
  readonly signal: AbortSignal;
  readonly #options: AccessOptions;
  readonly #problems: ReadonlyMap<string, AccessProblem>;
  readonly #spending: Spending;
  readonly #handed: HandedOut;
  readonly #rewards: RewardLookUp;
  /** Samples handed out so far, by problem and decoding. */
  readonly #next = new Map<string, number>();
  /** Acts beyond independent samples so far, by problem. */
  readonly #steps = new Map<string, number>();

  constructor(options: AccessOptions) {
    this.budget = options.budget;
    this.decoding = options.decoding;
    this.rewardModels = Object.freeze([...options.rewardModels]);
    this.signal = options.signal;
    this.#options = options;
    this.#problems = new Map(options.problems.map((problem) => [problem.view.id, problem]));
    this.#rewards = new RewardLookUp(options.source);
    this.#spending = new Spending(options.budget, [...this.#problems.keys()]);
    const problems = options.problems.map(({ view, pools }) => {
      const [own] = pools.values();
      return { view, answerKeys: own!.pool.answerKeys };
    });
    this.#handed = new HandedOut({ problems, lineEnds: options.lineEnds, answerOf: options.answerOf });
  }

  rewardScale(model?: string): number {
    const name = rewardModelNamed(this.rewardModels, model);
    const [own] = this.#options.problems[0]!.pools.values();
    return own!.pool.rewards.get(name)!.scale;
  }

  spent({ id }: ProblemView): number {
    return this.#spending.spent(id);
  }

  costOfDraw({ id }: ProblemView, tokens: number, rewardedBy?: string): number {
    const { policy, rewardModels } = this.#options.sizes;
    const [own] = this.#problem(id).pools.values();
    const { promptTokens } = own!.pool;
    const rewardModel =
      rewardedBy === undefined ? undefined : rewardModels.get(rewardModelNamed(this.rewardModels, rewardedBy));
    const prompted = this.ledger(id).promptTokens > 0;
    return inUnit(spendOfDraw(policy, { promptTokens, prompted, tokens }, rewardModel), this.budget.unit);
  }

  async draw(requests: Parameters<Access["draw"]>[0]): Promise<readonly (readonly Drawn[])[]> {
    throwIfInterrupted(this.signal, "evaluation");
    const { policy } = this.#options.sizes;
    const planned = requests.map(({ problem: { id }, count, decoding: variant }) => {
      const decoding = this.#varied(variant);
      const known = this.#problem(id).pools.has(decodingId(decoding));
      return { id, count, decoding, partial: variant?.stopAtLine === true, pooled: known };
    });
    this.#spending.check(
      planned.map(({ id, count }) => ({ id, spend: { samples: count } })),
      "draw",
    );
    const pooled = planned.map((act) => (act.pooled ? this.#take(act.id, decodingId(act.decoding), act.count) : []));
    const traced = await this.#trace(
      planned.map((act) => (act.pooled ? undefined : { ...act, prefix: new Int32Array(), before: undefined })),
      "draw",
    );
    this.#enter(
      planned.map(({ id }, i) => drawCost(policy, id, pooled[i]!, traced[i]!)),
      "draw",
    );
    return planned.map(({ id, decoding }, i) => {
      const name = decodingId(decoding);
      const start = this.#next.get(`${id}\n${name}`) ?? 0;
      this.#next.set(`${id}\n${name}`, start + pooled[i]!.length);
      return [
        ...pooled[i]!.map((sample, k) => this.#handed.pooled(sample, `${id}/${name}/${start + k}`)),
        ...traced[i]!.map((sample) => this.#handed.traced(sample)),
      ];
    });
  }

  async continue(requests: Parameters<Access["continue"]>[0]): Promise<readonly (readonly Drawn[])[]> {
    throwIfInterrupted(this.signal, "evaluation");
    const { policy } = this.#options.sizes;
    const planned = requests.map(({ parent, cut, count = 1, decoding: variant }) => {
      const handed = this.handed(parent);
      const { tokens, statistics, finish, lineEnds } = handed.details();
      return {
        id: handed.problem,
        count,
        decoding: this.#varied(variant),
        partial: variant?.stopAtLine === true,
        prefix: cutTokens({ tokens, finish, lineEnds }, cut),
        before: statistics,
      };
    });
    this.#spending.check(
      planned.map(({ id, count }) => ({ id, spend: { samples: count } })),
      "continue",
    );
    const traced = await this.#trace(planned, "continue a response");
    this.#enter(
      planned.map(({ id }, i) => drawCost(policy, id, [], traced[i]!)),
      "continue",
    );
    return traced.map((samples) => samples.map((sample) => this.#handed.traced(sample)));
  }

  async reward(drawn: readonly Drawn[], model?: string): Promise<Float64Array> {
    throwIfInterrupted(this.signal, "evaluation");
    const name = rewardModelNamed(this.rewardModels, model);
    const handed = drawn.map(({ id }) => this.handed(id));
    const rewards = await this.#rewards.of(name, handed);
    const size = this.#options.sizes.rewardModels.get(name)!;
    this.#enter(
      handed.map(({ problem }, i) => rewardCost(size, problem, rewards[i]!)),
      "reward",
    );
    for (const [i, { problem }] of handed.entries()) if (Number.isNaN(rewards[i]!.value)) this.#handed.failed(problem);
    return Float64Array.from(rewards, ({ value }) => value);
  }

  async stepRewards(drawn: readonly Drawn[], model?: string): Promise<readonly Float64Array[]> {
    throwIfInterrupted(this.signal, "evaluation");
    const name = rewardModelNamed(this.rewardModels, model);
    const responses = drawn.map(({ id }) => {
      const handed = this.handed(id);
      const count = handed.details().lineEnds.length;
      const begun = lineTexts(handed.text, count, this.#options.stepDelimiter)?.slice(0, -1);
      return { handed, count, begun };
    });
    const wholes = await this.#rewards.of(
      name,
      responses.map(({ handed }) => handed),
    );
    const beginnings = await this.#rewards.ofBeginnings(
      name,
      responses.map(({ handed, begun = [] }) => ({ problem: handed.problem, texts: begun })),
    );
    const readOnce = this.#options.source?.readsOnce(name) ?? false;
    const size = this.#options.sizes.rewardModels.get(name)!;
    this.#enter(
      responses.flatMap(({ handed: { problem } }, i) => {
        // One pass over the longest beginning tells of all of them.
        const passes = readOnce ? beginnings[i]!.slice(-1) : beginnings[i]!;
        return [...passes, wholes[i]!].map((pass) => rewardCost(size, problem, pass));
      }),
      "reward",
    );
    return responses.map(({ handed, count, begun }, i) => {
      const whole = wholes[i]!.value;
      const rewards = [...beginnings[i]!.map(({ value }) => value), whole];
      for (const value of rewards) if (Number.isNaN(value)) this.#handed.failed(handed.problem);
      // Which text ends with which line is not known: undefined is not a plausible number.
      return begun ? Float64Array.from(rewards) : Float64Array.from([...Array<number>(count).fill(Number.NaN), whole]);
    });
  }

  /** What the policy itself says of its responses is what it said when it drew them; a forward pass is paid for all the same. */
  score(drawn: readonly Drawn[]): Promise<readonly TokenStatistics[]> {
    throwIfInterrupted(this.signal, "evaluation");
    const scored = drawn.map(({ id }) => this.handed(id));
    const statistics = scored.map((handed) => handed.details().statistics);
    this.#enter(
      scored.map(({ problem, tokenCount }) => this.#forwardCost(problem, tokenCount)),
      "score",
    );
    return Promise.resolve(statistics);
  }

  async embed(problems: readonly ProblemView[]): Promise<readonly Float32Array[]> {
    throwIfInterrupted(this.signal, "evaluation");
    const { source } = this.#options;
    if (!source) throw notReplayable("embed a prompt");
    const embeddings = await source.embeddings(problems.map(({ id }) => id));
    this.#enter(
      problems.map(({ id }) => this.#forwardCost(id, 0)),
      "embed",
    );
    return embeddings.map(({ vector }) => vector.slice());
  }

  random(purpose: string): Stream {
    return this.#options.random(purpose);
  }

  /** A sample that was handed out. For the evaluation, which grades it; throws `unknown-sample` for any other id. */
  handed(id: SampleId): Handed {
    return this.#handed.get(id);
  }

  /** Rewards of samples that were handed out, for the evaluation: they are not charged. */
  async measuredRewards(ids: readonly SampleId[], model: string): Promise<Float64Array> {
    const rewards = await this.#rewards.of(
      model,
      ids.map((id) => this.handed(id)),
    );
    return Float64Array.from(rewards, ({ value }) => value);
  }

  /** What was spent on a problem. */
  ledger(problem: string): Spend {
    return this.#spending.total(problem);
  }

  counted(problem: string): { readonly unparsable: number; readonly truncated: number; readonly failed: number } {
    return this.#handed.counts(problem);
  }

  #problem(id: string): AccessProblem {
    const found = this.#problems.get(id);
    if (found) return found;
    throw new TouchstoneError({
      code: "unknown-problem",
      family: "internal",
      what: "A procedure drew for a problem that it was not given.",
      value: id,
      fix: "This is an error in the method.",
    });
  }

  #varied({ stopAtLine, ...variant }: DeclaredVariant = {}): Decoding {
    const decoding = { ...this.decoding, ...variant };
    if (decoding.maxTokens > this.decoding.maxTokens) {
      throw new TouchstoneError({
        code: "over-cap",
        family: "internal",
        what: `A procedure wanted responses longer than the suite's ${this.decoding.maxTokens} tokens.`,
        value: decoding.maxTokens,
        fix: "This is an error in the method: its variants may only lower the cap.",
      });
    }
    return stopAtLine ? { ...decoding, stop: [...decoding.stop, this.#options.stepDelimiter] } : decoding;
  }

  #take(id: string, decoding: string, count: number): readonly PooledSample[] {
    const { pool, ordering } = this.#problem(id).pools.get(decoding)!;
    const start = this.#next.get(`${id}\n${decoding}`) ?? 0;
    if (start + count > pool.size) {
      throw new TouchstoneError({
        code: "pool-exhausted",
        family: "pool",
        what: `The pool of ${pool.size} samples ends before the budget does.`,
        value: start + count,
        fix: "Run the suite with a larger pool (`--pool-size`).",
      });
    }
    return Array.from(ordering.subarray(start, start + count), (index) => ({ problem: id, pool, index }));
  }

  /** One round of acts beyond independent samples; every act is its own step, so that no two share randomness. */
  async #trace(
    acts: readonly (
      | (Omit<TraceAct, "problem" | "step"> & {
          readonly id: string;
          readonly partial: boolean;
          readonly before: TokenStatistics | undefined;
        })
      | undefined
    )[],
    what: string,
  ): Promise<readonly (readonly TracedSample[])[]> {
    const { source, replicate = 0 } = this.#options;
    const wanted = acts.flatMap((act) => (act && act.count > 0 ? [act] : []));
    if (wanted.length === 0) return acts.map(() => []);
    if (!source) throw notReplayable(what);
    const numbered = wanted.map((act) => {
      const taken = (this.#steps.get(act.id) ?? 0) + 1;
      this.#steps.set(act.id, taken);
      return { ...act, problem: act.id, step: replicate * STEPS_A_REPLICATE + taken };
    });
    const drawn = await source.traces(numbered);
    const traced = new Map(wanted.map((act, i) => [act, this.#tracesOf(numbered[i]!, drawn[i]!)]));
    return acts.map((act) => (act && traced.get(act)) ?? []);
  }

  #tracesOf(
    act: TraceAct & { readonly partial: boolean; readonly before: TokenStatistics | undefined },
    drawn: readonly Continuation[],
  ): readonly TracedSample[] {
    return drawn.map(({ sample, promptTokens, seconds }) => ({
      problem: act.problem,
      id: `${act.problem}/${decodingId(act.decoding)}/step ${act.step}/${sample.index}`,
      sample,
      statistics: joinedStatistics(act.before, act.prefix.length, sample.statistics),
      // A response that stopped at a line, or at a cap below the suite's, may go on.
      partial:
        (sample.finish === "stop" && act.partial) ||
        (sample.finish === "length" && sample.tokens.length < this.decoding.maxTokens),
      promptTokens,
      seconds,
    }));
  }

  #forwardCost(id: string, tokens: number): Cost {
    const [own] = this.#problem(id).pools.values();
    return forwardCost(this.#options.sizes.policy, id, own!.pool.promptTokens + tokens);
  }

  /** Enters a round. */
  #enter(costs: readonly Cost[], act: string): void {
    const isPrompted = (id: string): boolean => this.ledger(id).promptTokens > 0;
    this.#spending.enter(withPromptsOnce(this.#options.sizes.policy, costs, isPrompted), act);
    this.#options.onSpent?.(this.#spending.spentInAll);
  }
}
