import {
  decodingId,
  forwardFlops,
  Ledger,
  throwIfInterrupted,
  TouchstoneError,
  type Access,
  type Budget,
  type Decoding,
  type Drawn,
  type ProblemView,
  type SampleId,
  type Spend,
  type Stream,
} from "@touchstone/core";
import type { ProblemPool } from "./columns.ts";
import { inUnit, type Sizes } from "./spend.ts";
import { rewardModelNamed, undeclared } from "./views.ts";

/** One problem that a procedure may draw for: its pools by decoding, each in the order in which it hands out samples. */
export interface ReplayProblem {
  readonly view: ProblemView;
  /** By `decodingId`. */
  readonly pools: ReadonlyMap<string, { readonly pool: ProblemPool; readonly ordering: Uint32Array }>;
}

export interface ReplayOptions {
  readonly budget: Budget;
  readonly problems: readonly ReplayProblem[];
  readonly decoding: Decoding;
  /** Names of the reward models that may be asked. */
  readonly rewardModels: readonly string[];
  readonly sizes: Sizes;
  /** `LanguageModel.lineEnds` with the dataset's delimiter. */
  readonly lineEnds: (tokens: Int32Array) => Int32Array;
  readonly random: (purpose: string) => Stream;
  readonly signal: AbortSignal;
}

interface Handed {
  readonly problem: string;
  readonly pool: ProblemPool;
  readonly index: number;
}

/**
 * A pool behind `Access`: draws hand out the pool's samples in a given order, rewards are looked up, and every act is entered
 * in the ledger before its result is handed out. Throws `over-budget` for an act that does not fit, `pool-exhausted` where
 * the pool ends before the budget does, and `not-replayable` for what a pool of independent samples cannot answer.
 */
export class ReplayAccess implements Access {
  readonly budget: Budget;
  readonly signal: AbortSignal;
  readonly #options: ReplayOptions;
  readonly #problems: ReadonlyMap<string, ReplayProblem>;
  readonly #handed = new Map<SampleId, Handed>();
  /** Samples handed out so far, by problem and decoding. */
  readonly #next = new Map<string, number>();
  readonly #ledgers: ReadonlyMap<string, Ledger>;
  readonly #prompted = new Set<string>();
  readonly #drawn = new Map<string, { unparsable: number; truncated: number; failed: number }>();

  constructor(options: ReplayOptions) {
    this.budget = options.budget;
    this.signal = options.signal;
    this.#options = options;
    this.#problems = new Map(options.problems.map((problem) => [problem.view.id, problem]));
    this.#ledgers = new Map(options.problems.map(({ view }) => [view.id, new Ledger()]));
    for (const { view } of options.problems) this.#drawn.set(view.id, { unparsable: 0, truncated: 0, failed: 0 });
  }

  async draw(requests: Parameters<Access["draw"]>[0]): Promise<readonly (readonly Drawn[])[]> {
    throwIfInterrupted(this.signal, "evaluation");
    const acts = requests.map(({ problem, count, decoding }) => {
      const wanted = decodingId({ ...this.#options.decoding, ...decoding });
      return { id: problem.id, decoding: wanted, handed: this.#take(problem.id, wanted, count) };
    });
    this.#enter(
      acts.map(({ id, handed }) => ({ id, spend: this.#drawSpend(id, handed) })),
      "draw",
    );
    return acts.map(({ id, decoding, handed }) => {
      const start = this.#next.get(`${id}\n${decoding}`) ?? 0;
      this.#next.set(`${id}\n${decoding}`, start + handed.length);
      this.#prompted.add(id);
      return handed.map((sample, k) => this.#hand(sample, `${id}/${decoding}/${start + k}`));
    });
  }

  async reward(drawn: readonly Drawn[], model?: string): Promise<Float64Array> {
    throwIfInterrupted(this.signal, "evaluation");
    const name = rewardModelNamed(this.rewardModels, model);
    const size = this.#options.sizes.rewardModels.get(name)!;
    const samples = drawn.map(({ id }) => this.handed(id));
    const spends = samples.map(({ problem, pool, index }) => {
      const { tokens, seconds } = pool.rewards.get(name)!;
      return {
        id: problem,
        spend: {
          rewardTokens: tokens[index]!,
          flops: forwardFlops(size, 0, tokens[index]!),
          ...measured(seconds[index]!),
        },
      };
    });
    this.#enter(spends, "reward");
    return Float64Array.from(samples, ({ problem, pool, index }) => {
      const value = pool.rewards.get(name)!.values[index]!;
      if (Number.isNaN(value)) this.#drawn.get(problem)!.failed++;
      return value;
    });
  }

  get decoding(): Decoding {
    return this.#options.decoding;
  }

  get rewardModels(): readonly string[] {
    return this.#options.rewardModels;
  }

  rewardScale(model?: string): number {
    const name = rewardModelNamed(this.rewardModels, model);
    const [first] = this.#options.problems[0]!.pools.values();
    return first!.pool.rewards.get(name)!.scale;
  }

  spent(problem: ProblemView): number {
    return inUnit(this.ledger(problem.id), this.budget.unit);
  }

  continue(): Promise<never> {
    return Promise.reject(notReplayable("continue a response"));
  }

  stepRewards(): Promise<never> {
    return Promise.reject(notReplayable("reward the lines of a response"));
  }

  score(): Promise<never> {
    return Promise.reject(notReplayable("score a response token by token"));
  }

  embed(): Promise<never> {
    return Promise.reject(notReplayable("embed a prompt"));
  }

  random(purpose: string): Stream {
    return this.#options.random(purpose);
  }

  /** Where a handed-out sample lies. For the evaluation, which grades it; throws `unknown-sample` for any other id. */
  handed(id: SampleId): Handed {
    const found = this.#handed.get(id);
    if (found) return found;
    throw new TouchstoneError({
      code: "unknown-sample",
      family: "internal",
      what: "A procedure named a sample that it never drew.",
      value: id,
      fix: "This is an error in the method: decide on samples that `draw` returned.",
    });
  }

  /** What was spent on a problem. */
  ledger(problem: string): Spend {
    return this.#ledgers.get(problem)!.total;
  }

  counted(problem: string): { readonly unparsable: number; readonly truncated: number; readonly failed: number } {
    return this.#drawn.get(problem)!;
  }

  #take(id: string, decoding: string, count: number): readonly Handed[] {
    const source = this.#problems.get(id)?.pools.get(decoding);
    if (!source) throw notReplayable(`draw for the problem ${id} with ${decoding}`);
    const { pool, ordering } = source;
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

  #drawSpend(id: string, handed: readonly Handed[]): Partial<Spend> {
    const { policy } = this.#options.sizes;
    let spend = { samples: handed.length, completionTokens: 0, promptTokens: 0, flops: 0, seconds: 0 };
    for (const { pool, index } of handed) {
      const tokens = pool.tokens[index]!;
      spend.completionTokens += tokens;
      spend.flops += forwardFlops(policy, pool.promptTokens, tokens);
      spend.seconds += pool.seconds[index]!;
    }
    const [first] = handed;
    if (first && !this.#prompted.has(id)) {
      const { promptTokens } = first.pool;
      spend = { ...spend, promptTokens, flops: spend.flops + forwardFlops(policy, 0, promptTokens) };
    }
    const { seconds, ...counted } = spend;
    return { ...counted, ...measured(seconds) };
  }

  /** Enters one round of acts, or throws before anything is entered. */
  #enter(acts: readonly { readonly id: string; readonly spend: Partial<Spend> }[], act: string): void {
    const byProblem = Map.groupBy(acts, ({ id }) => id);
    const spends = new Map(Array.from(byProblem, ([id, entries]) => [id, summed(entries.map(({ spend }) => spend))]));
    const { unit, amount, scope } = this.budget;
    const after = (id: string): number => {
      const more = spends.get(id);
      return inUnit(this.ledger(id), unit) + (more ? inUnit(more, unit) : 0);
    };
    if (scope === "batch") {
      const total = [...this.#ledgers.keys()].reduce((sum, id) => sum + after(id), 0);
      const all = amount * this.#problems.size;
      if (total > all) throw overBudget(act, total, all, `${unit} shared by ${this.#problems.size} problems`);
    } else {
      for (const id of spends.keys()) {
        if (after(id) > amount) throw overBudget(act, after(id), amount, `${unit} per problem`);
      }
    }
    for (const [id, spend] of spends) this.#ledgers.get(id)!.add(spend);
  }

  #hand(sample: Handed, id: SampleId): Drawn {
    const { pool, index } = sample;
    this.#handed.set(id, sample);
    const counts = this.#drawn.get(sample.problem)!;
    if (pool.answers[index] === -1) counts.unparsable++;
    if (pool.truncated[index] === 1) counts.truncated++;
    const { lineEnds } = this.#options;
    const byToken = () => {
      const tokens = pool.byToken?.[index];
      if (!tokens) throw undeclared("statistics or lines of what it drew", "needs.tokenStatistics or needs.continues");
      return tokens;
    };
    return Object.freeze({
      id,
      problem: pool.view,
      text: pool.text[index]!,
      tokenCount: pool.tokens[index]!,
      answer: pool.answers[index]!,
      truncated: pool.truncated[index] === 1,
      finish: pool.finish[index]!,
      logProbability: pool.logProbability[index]!,
      entropy: pool.entropy[index]!,
      selfCertainty: pool.selfCertainty[index]!,
      get statistics() {
        return byToken().statistics;
      },
      get lineEnds() {
        return lineEnds(byToken().tokens);
      },
    });
  }
}

/** Spends of one problem in one round. Seconds are known only where every part's are. */
function summed(spends: readonly Partial<Spend>[]): Spend {
  const ledger = new Ledger();
  for (const spend of spends) ledger.add(spend);
  return { ...ledger.total, rounds: 1 };
}

function measured(seconds: number): { readonly seconds?: number } {
  return Number.isNaN(seconds) ? {} : { seconds };
}

function overBudget(act: string, needed: number, amount: number, unit: string): TouchstoneError {
  return new TouchstoneError({
    code: "over-budget",
    family: "internal",
    what: `A procedure tried to ${act} beyond its budget of ${amount} ${unit}.`,
    value: needed,
    fix: "This is an error in the method: it must stop before an act that does not fit.",
  });
}

function notReplayable(act: string): TouchstoneError {
  return new TouchstoneError({
    code: "not-replayable",
    family: "usage",
    what: `A pool of independent samples cannot ${act}; a method that needs this has to run on a model.`,
    fix: "Leave the method out of this suite.",
  });
}
