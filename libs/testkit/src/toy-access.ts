import {
  cutTokens,
  decodingId,
  forwardFlops,
  inUnit,
  joinedStatistics,
  spendOfDraw,
  stream,
  throwIfInterrupted,
  TouchstoneError,
  type Access,
  type Budget,
  type Cut,
  type DeclaredVariant,
  type Decoding,
  type Drawn,
  type ProblemView,
  type RewardModel,
  type Sample,
  type SampleId,
  type Spend,
  type Stream,
  type TokenStatistics,
} from "@touchstone/core";
import { DRAWN_KEYS, guarded, PROBLEM_KEYS } from "./guard.ts";
import { ToyMeter, type Act } from "./toy-meter.ts";
import type { ToyPolicy } from "./toy-policy.ts";

export interface ToyAccessOptions {
  readonly policy: ToyPolicy;
  readonly rewardModels: readonly RewardModel[];
  readonly problems: readonly ProblemView[];
  /** Answer key of a response, `undefined` = unparsable. */
  readonly extract: (text: string) => string | undefined;
  readonly budget: Budget;
  readonly decoding: Decoding;
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Ends a line; default a line break. */
  readonly stepDelimiter?: string;
  /** What `rewardScale` says of every reward model; default 1. */
  readonly rewardScale?: number;
  /** Where to write acts that were refused and keys that were touched; by default lists of its own. */
  readonly record?: Pick<ToyAccess, "refused" | "trespasses">;
  /** What draws are called, by what they would be called here; different for different ones. Default: the same. */
  readonly nameOf?: (id: SampleId) => SampleId;
  /** Whether reading the answer class of a draw is allowed; default true. */
  readonly answers?: boolean;
  /** Whether reading the statistics and lines of a draw is allowed; default true. */
  readonly tokenStatistics?: boolean;
}

/** A sample that was handed out. */
interface Handed {
  readonly problem: ProblemView;
  readonly tokens: Int32Array;
  readonly text: string;
  readonly finish: Sample["finish"];
  /** Of every token, those of a continued prefix as they were drawn. */
  readonly statistics: TokenStatistics;
  readonly lineEnds: Int32Array;
}

/** A request to the policy, with what its prefix was drawn with. */
interface Draw {
  readonly id: string;
  readonly first: number;
  readonly count: number;
  readonly decoding: Decoding;
  readonly step: number;
  readonly prefix: Int32Array;
  readonly before?: TokenStatistics;
}

/**
 * All of `Access` on a toy policy, with the budget enforced and everything a procedure does written down: acts it was refused
 * (also where it catches the error), and keys of problems and draws that it must not touch.
 */
export class ToyAccess implements Access {
  readonly budget: Budget;
  readonly decoding: Decoding;
  readonly signal: AbortSignal;
  /** Why acts were refused, in order. */
  readonly refused: string[];
  /** What was read or written that is not a procedure's to touch: `read grade of p-1#0`. */
  readonly trespasses: string[];
  /** The problems to hand to the procedure: guarded. */
  readonly problems: readonly ProblemView[];
  readonly #options: ToyAccessOptions;
  readonly #readable = new Set(DRAWN_KEYS);
  readonly #samples = new Map<SampleId, Handed>();
  readonly #drawnFor = new Map<string, { readonly id: SampleId; readonly text: string }[]>();
  /** The problems by id: as they were given, and guarded. */
  readonly #given: ReadonlyMap<string, { readonly problem: ProblemView; readonly guarded: ProblemView }>;
  readonly #meter: ToyMeter;
  readonly #next = new Map<string, number>();
  readonly #classes = new Map<string, number>();

  constructor(options: ToyAccessOptions) {
    this.#options = options;
    this.refused = options.record?.refused ?? [];
    this.trespasses = options.record?.trespasses ?? [];
    if (options.answers === false) this.#readable.delete("answer");
    if (options.tokenStatistics === false) for (const key of ["statistics", "lineEnds"]) this.#readable.delete(key);
    this.budget = Object.freeze({ ...options.budget });
    this.decoding = Object.freeze({ ...options.decoding });
    this.signal = options.signal ?? new AbortController().signal;
    this.#meter = new ToyMeter(
      this.budget,
      options.problems.map(({ id }) => id),
    );
    this.#given = new Map(
      options.problems.map((problem) => {
        const record = (act: string) => this.trespasses.push(`${act} of ${problem.id}`);
        return [problem.id, { problem, guarded: guarded(Object.freeze({ ...problem }), PROBLEM_KEYS, record) }];
      }),
    );
    this.problems = Object.freeze(Array.from(this.#given.values(), (given) => given.guarded));
  }

  get rewardModels(): readonly string[] {
    return this.#options.rewardModels.map(({ identity }) => identity.name);
  }

  rewardScale(model?: string): number {
    this.#rewardModel(model);
    return this.#options.rewardScale ?? 1;
  }

  spent({ id }: ProblemView): number {
    return this.#meter.spent(this.#problem(id).id);
  }

  costOfDraw({ id }: ProblemView, tokens: number, rewardedBy?: string): number {
    const { policy } = this.#options;
    const promptTokens = policy.promptLength(this.#problem(id).messages);
    const prompted = this.ledger(id).promptTokens > 0;
    const rewardModel = rewardedBy === undefined ? undefined : this.#rewardModel(rewardedBy).size;
    return inUnit(spendOfDraw(policy.size, { promptTokens, prompted, tokens }, rewardModel), this.budget.unit);
  }

  async draw(
    requests: readonly { readonly problem: ProblemView; readonly count: number; readonly decoding?: DeclaredVariant }[],
  ): Promise<Drawn[][]> {
    return this.#round(
      requests.map(({ problem: { id }, count, decoding: variant }) => {
        const decoding = this.#decoding(variant);
        const first = this.#take(`${id} ${decodingId(decoding)}`, count);
        return { id, first, count, decoding, step: 0, prefix: new Int32Array() };
      }),
    );
  }

  async continue(
    requests: readonly {
      readonly parent: SampleId;
      readonly cut: Cut;
      readonly count?: number;
      readonly decoding?: DeclaredVariant;
    }[],
  ): Promise<Drawn[][]> {
    return this.#round(
      requests.map(({ parent, cut, count = 1, decoding: variant }) => {
        const handed = this.#find(parent);
        const { id } = handed.problem;
        // Every continuation is its own step, so that no two share randomness.
        const step = 1 + this.#take(`${id} continued`, 1);
        const prefix = cutTokens(handed, cut);
        return { id, first: 0, count, decoding: this.#decoding(variant), step, prefix, before: handed.statistics };
      }),
    );
  }

  async reward(drawn: readonly Drawn[], model?: string): Promise<Float64Array> {
    const rewards = await this.#rewards(drawn, model, ({ text, tokens }) => [{ text, tokens }]);
    return Float64Array.from(rewards, ([value]) => value!);
  }

  async stepRewards(drawn: readonly Drawn[], model?: string): Promise<readonly Float64Array[]> {
    const { policy } = this.#options;
    const textOf = (tokens: Int32Array) => Array.from(tokens, (token) => policy.vocabulary[token] ?? "").join("");
    const rewards = await this.#rewards(drawn, model, ({ text, tokens, lineEnds }) => [
      ...Array.from(lineEnds, (end) => ({ text: textOf(tokens.subarray(0, end)), tokens: tokens.subarray(0, end) })),
      { text, tokens },
    ]);
    return rewards.map((values) => Float64Array.from(values));
  }

  async score(drawn: readonly Drawn[]): Promise<readonly TokenStatistics[]> {
    throwIfInterrupted(this.signal, "scoring");
    const samples = drawn.map(({ id }) => this.#find(id));
    this.#enter(samples.map(({ problem, tokens }) => this.#forward(problem, tokens.length)));
    return this.#options.policy.score(
      samples.map(({ problem, text, tokens }) => ({ messages: problem.messages, response: { text, tokens } })),
    );
  }

  async embed(problems: readonly ProblemView[]): Promise<readonly Float32Array[]> {
    throwIfInterrupted(this.signal, "embedding");
    this.#enter(problems.map((problem) => this.#forward(problem, 0)));
    return this.#options.policy.embed(problems.map(({ messages }) => messages));
  }

  random(purpose: string): Stream {
    return stream(this.#options.seed, "procedure", purpose);
  }

  /** The problem a handed-out sample belongs to, `undefined` for an id that was never handed out. */
  problemOf(id: SampleId): string | undefined {
    return this.#samples.get(id)?.problem.id;
  }

  /** Everything that was drawn for a problem. */
  drawnFor(problem: string): readonly { readonly id: SampleId; readonly text: string }[] {
    return this.#drawnFor.get(problem) ?? [];
  }

  ledger(problem: string): Spend {
    return this.#meter.total(problem);
  }

  #decoding({ stopAtLine, ...variant }: DeclaredVariant = {}): Decoding {
    const decoding = { ...this.decoding, ...variant };
    const { maxTokens } = this.decoding;
    if (decoding.maxTokens > maxTokens) {
      throw this.#refuse("over-cap", `wanted ${decoding.maxTokens} tokens of at most ${maxTokens}`, decoding.maxTokens);
    }
    return stopAtLine ? { ...decoding, stop: [...decoding.stop, this.#options.stepDelimiter ?? "\n"] } : decoding;
  }

  async #round(draws: readonly Draw[]): Promise<Drawn[][]> {
    throwIfInterrupted(this.signal, "sampling");
    const { policy, seed } = this.#options;
    const batches: Sample[][] = draws.map(() => []);
    const requests = draws.map(({ id, first, count, decoding, step, prefix }) => {
      const problem = this.#problem(id);
      return { first, count, decoding, step, seed, problem, ...(prefix.length > 0 ? { prefix } : {}) };
    });
    for await (const { request, samples } of policy.sample(requests)) batches[request]!.push(...samples);
    const prompted = new Set<string>();
    this.#enter(
      draws.map(({ id }, i) => {
        const prompt = policy.promptLength(this.#problem(id).messages);
        const first = this.ledger(id).promptTokens === 0 && !prompted.has(id);
        prompted.add(id);
        const lengths = batches[i]!.map(
          ({ tokens, prefixLength }) => [prefixLength, tokens.length - prefixLength] as const,
        );
        return {
          id,
          spend: {
            samples: lengths.length,
            promptTokens: first ? prompt : 0,
            completionTokens: lengths.reduce((sum, [, drawn]) => sum + drawn, 0),
            rounds: 1,
            flops:
              (first ? forwardFlops(policy.size, 0, prompt) : 0) +
              lengths.reduce((sum, [prefix, drawn]) => sum + forwardFlops(policy.size, prompt + prefix, drawn), 0),
          },
        };
      }),
    );
    return batches.map((samples, i) => samples.map((sample) => this.#hand(draws[i]!, sample)));
  }

  #hand(draw: Draw, { index, text, tokens, finish, statistics: drawnStatistics }: Sample): Drawn {
    const problem = this.#problem(draw.id);
    const plainName = `${draw.id}#${decodingId(draw.decoding)}#${draw.step}#${index}`;
    const id = this.#options.nameOf?.(plainName) ?? plainName;
    const statistics = draw.before
      ? joinedStatistics(draw.before, draw.prefix.length, drawnStatistics)
      : drawnStatistics;
    const lineEnds = this.#options.policy.lineEnds(tokens, this.#options.stepDelimiter ?? "\n");
    const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;
    const plain: Drawn = Object.freeze({
      id,
      problem: this.#given.get(draw.id)!.guarded,
      text,
      tokenCount: tokens.length,
      answer: this.#answerClass(draw.id, text),
      truncated: finish === "length",
      finish,
      logProbability: statistics.logProbability.reduce((a, b) => a + b, 0),
      entropy: mean(statistics.entropy),
      selfCertainty: mean(statistics.selfCertainty),
      statistics,
      lineEnds,
    });
    const before = this.#drawnFor.get(draw.id);
    if (before) before.push({ id, text });
    else this.#drawnFor.set(draw.id, [{ id, text }]);
    this.#samples.set(id, { problem, tokens, text, finish, statistics, lineEnds });
    return guarded(plain, this.#readable, (act) => this.trespasses.push(`${act} of ${id}`));
  }

  #answerClass(problem: string, text: string): number {
    const key = this.#options.extract(text);
    if (key === undefined) return -1;
    const name = JSON.stringify([problem, key]);
    const known = this.#classes.get(name) ?? this.#take(`${problem} classes`, 1);
    this.#classes.set(name, known);
    return known;
  }

  #take(counter: string, count: number): number {
    const first = this.#next.get(counter) ?? 0;
    this.#next.set(counter, first + count);
    return first;
  }

  #problem(id: string): ProblemView {
    const given = this.#given.get(id);
    if (!given) throw this.#refuse("unknown-problem", "drew for a problem that it was not given", id);
    return given.problem;
  }

  #find(id: SampleId) {
    const found = this.#samples.get(id);
    if (!found) throw this.#refuse("unknown-sample", "named a sample that it never drew", id);
    return found;
  }

  #forward(problem: ProblemView, tokens: number): { id: string; spend: Partial<Spend> } {
    const { policy } = this.#options;
    const count = policy.promptLength(problem.messages) + tokens;
    return { id: problem.id, spend: { extraForwardTokens: count, flops: forwardFlops(policy.size, 0, count) } };
  }

  #rewardModel(model?: string): RewardModel {
    const { rewardModels } = this.#options;
    const asked = model ?? (rewardModels.length === 1 ? rewardModels[0]!.identity.name : undefined);
    const found = rewardModels.find(({ identity }) => identity.name === asked);
    if (!found) throw this.#refuse("no-reward-model", `asked the reward model ${model ?? "(the only one)"}`, model);
    return found;
  }

  async #rewards(
    drawn: readonly Drawn[],
    model: string | undefined,
    readings: (handed: Handed) => readonly { readonly text: string; readonly tokens: Int32Array }[],
  ): Promise<number[][]> {
    throwIfInterrupted(this.signal, "rewards");
    const rewardModel = this.#rewardModel(model);
    const read = drawn.map(({ id }) => {
      const handed = this.#find(id);
      return { problem: handed.problem, readings: readings(handed) };
    });
    const rewards = await rewardModel.reward(
      read.flatMap(({ problem, readings: of }) => of.map((response) => ({ messages: problem.messages, response }))),
    );
    let next = 0;
    const perDrawn = read.map(({ readings: of }) => of.map(() => rewards[next++]!));
    this.#enter(
      read.map(({ problem }, i) => ({
        id: problem.id,
        spend: {
          rewardTokens: perDrawn[i]!.reduce((sum, { tokens }) => sum + tokens, 0),
          flops: perDrawn[i]!.reduce((sum, { tokens }) => sum + forwardFlops(rewardModel.size, 0, tokens), 0),
        },
      })),
    );
    return perDrawn.map((of) => of.map(({ value }) => value));
  }

  #enter(acts: readonly Act[]): void {
    const excess = this.#meter.enter(acts);
    if (excess) throw this.#refuse("over-budget", excess.why, excess.wanted);
  }

  #refuse(code: string, what: string, value: unknown): TouchstoneError {
    this.refused.push(`${code}: ${what}`);
    return new TouchstoneError({
      code,
      family: "internal",
      what: `A procedure ${what}.`,
      value,
      fix: "This is an error in the method: it must stop before an act that it may not do.",
    });
  }
}
