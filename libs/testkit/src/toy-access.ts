import {
  decodingId,
  forwardFlops,
  Ledger,
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
import { cutTokens } from "./cut.ts";
import { DRAWN_KEYS, guarded, PROBLEM_KEYS } from "./guard.ts";
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
  /** Whether reading the answer class of a draw is allowed; default true. */
  readonly answers?: boolean;
}

/**
 * All of `Access` on a toy policy, with the budget enforced and everything a procedure does written down: acts it was refused
 * (also where it catches the error), and keys of problems and draws that it must not touch.
 */
export class ToyAccess implements Access {
  readonly budget: Budget;
  readonly signal: AbortSignal;
  /** Why acts were refused, in order. */
  readonly refused: string[] = [];
  /** What was read or written that is not a procedure's to touch: `read grade of p-1#0`. */
  readonly trespasses: string[] = [];
  /** The problems to hand to the procedure: guarded. */
  readonly problems: readonly ProblemView[];
  readonly #options: ToyAccessOptions;
  readonly #readable = new Set(DRAWN_KEYS);
  readonly #samples = new Map<
    SampleId,
    { readonly problem: ProblemView; readonly sample: Sample; readonly drawn: Drawn }
  >();
  readonly #ledgers = new Map<string, Ledger>();
  readonly #next = new Map<string, number>();
  readonly #classes = new Map<string, number>();

  constructor(options: ToyAccessOptions) {
    this.#options = options;
    if (options.answers === false) this.#readable.delete("answer");
    this.budget = Object.freeze({ ...options.budget });
    this.signal = options.signal ?? new AbortController().signal;
    for (const { id } of options.problems) this.#ledgers.set(id, new Ledger());
    this.problems = Object.freeze(
      options.problems.map((problem) =>
        guarded(Object.freeze({ ...problem }), PROBLEM_KEYS, (act) => this.trespasses.push(`${act} of ${problem.id}`)),
      ),
    );
  }

  async draw(
    requests: readonly { readonly problem: ProblemView; readonly count: number; readonly decoding?: DeclaredVariant }[],
  ): Promise<Drawn[][]> {
    return this.#round(
      requests.map(({ problem: { id }, count, decoding: variant }) => {
        const decoding = { ...this.#options.decoding, ...variant };
        const first = this.#take(`${id} ${decodingId(decoding)}`, count);
        return { id, first, count, decoding, step: 0, prefix: [] };
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
        const { problem, sample } = this.#find(parent);
        const decoding = { ...this.#options.decoding, ...variant };
        // Every continuation is its own step, so that no two share randomness.
        return {
          id: problem.id,
          first: 0,
          count,
          decoding,
          step: 1 + this.#take(`${problem.id} continued`, 1),
          prefix: cutTokens(sample, cut, this.#options.policy.vocabulary),
        };
      }),
    );
  }

  async reward(drawn: readonly Drawn[], model?: string): Promise<Float64Array> {
    throwIfInterrupted(this.signal, "rewards");
    const { rewardModels } = this.#options;
    const asked = model ?? (rewardModels.length === 1 ? rewardModels[0]!.identity.name : undefined);
    const rewardModel = rewardModels.find(({ identity }) => identity.name === asked);
    if (!rewardModel)
      throw this.#refuse("no-reward-model", `asked the reward model ${model ?? "(the only one)"}`, model);
    const samples = drawn.map(({ id }) => this.#find(id));
    const rewards = await rewardModel.reward(
      samples.map(({ problem, sample }) => ({ messages: problem.messages, response: sample })),
    );
    this.#enter(
      samples.map(({ problem }, i) => {
        const { tokens } = rewards[i]!;
        return { id: problem.id, spend: { rewardTokens: tokens, flops: forwardFlops(rewardModel.size, 0, tokens) } };
      }),
    );
    return Float64Array.from(rewards, ({ value }) => value);
  }

  async score(drawn: readonly Drawn[]): Promise<readonly TokenStatistics[]> {
    throwIfInterrupted(this.signal, "scoring");
    const samples = drawn.map(({ id }) => this.#find(id));
    this.#enter(samples.map(({ problem, sample }) => this.#forward(problem, sample.tokens.length)));
    return this.#options.policy.score(
      samples.map(({ problem, sample }) => ({ messages: problem.messages, response: sample })),
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
    return Array.from(this.#samples, ([id, entry]) => ({
      id,
      text: entry.sample.text,
      problem: entry.problem.id,
    })).filter((entry) => entry.problem === problem);
  }

  spent(problem: string): Spend {
    return this.#ledgers.get(problem)!.total;
  }

  async #round(
    acts: readonly {
      readonly id: string;
      readonly first: number;
      readonly count: number;
      readonly decoding: Decoding;
      readonly step: number;
      readonly prefix: readonly number[];
    }[],
  ): Promise<Drawn[][]> {
    throwIfInterrupted(this.signal, "sampling");
    const { policy, seed } = this.#options;
    const batches: Sample[][] = acts.map(() => []);
    const requests = acts.map(({ id, prefix, ...request }) => {
      const problem = this.#problem(id);
      return { ...request, seed, problem, ...(prefix.length > 0 ? { prefix: Int32Array.from(prefix) } : {}) };
    });
    for await (const { request, samples } of policy.sample(requests)) batches[request]!.push(...samples);
    const prompted = new Set<string>();
    this.#enter(
      acts.map(({ id }, i) => {
        const prompt = policy.promptLength(this.#problem(id).messages);
        const first = this.spent(id).promptTokens === 0 && !prompted.has(id);
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
    return batches.map((samples, i) => samples.map((sample) => this.#hand(acts[i]!.id, acts[i]!, sample)));
  }

  #hand(problemId: string, act: { readonly decoding: Decoding; readonly step: number }, sample: Sample): Drawn {
    const problem = this.#problem(problemId);
    const id = `${problemId}#${decodingId(act.decoding)}#${act.step}#${sample.index}`;
    const { statistics, text, tokens, finish } = sample;
    const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;
    const plain: Drawn = Object.freeze({
      id,
      problem: this.problems[this.#options.problems.indexOf(problem)]!,
      text,
      tokenCount: tokens.length,
      answer: this.#answerClass(problemId, text),
      truncated: finish === "length",
      logProbability: statistics.logProbability.reduce((a, b) => a + b, 0),
      entropy: mean(statistics.entropy),
      selfCertainty: mean(statistics.selfCertainty),
    });
    const drawn = guarded(plain, this.#readable, (act_) => this.trespasses.push(`${act_} of ${id}`));
    this.#samples.set(id, { problem, sample, drawn });
    return drawn;
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
    const problem = this.#options.problems.find((candidate) => candidate.id === id);
    if (!problem) throw this.#refuse("unknown-problem", "drew for a problem that it was not given", id);
    return problem;
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

  /** Enters one round of acts, or refuses all of it before any is entered. */
  #enter(acts: readonly { readonly id: string; readonly spend: Partial<Spend> }[]): void {
    const planned = new Map([...this.#ledgers].map(([id, ledger]) => [id, inUnit(ledger.total, this.budget)]));
    for (const { id, spend } of acts) planned.set(id, planned.get(id)! + inUnit(spend, this.budget));
    const { amount, scope, unit } = this.budget;
    const total = [...planned.values()].reduce((a, b) => a + b, 0);
    if (scope === "batch" && total > amount * planned.size) {
      throw this.#refuse("over-budget", `wanted ${total} ${unit} of ${amount * planned.size} in the batch`, total);
    }
    for (const [id, wanted] of scope === "problem" ? planned : []) {
      if (wanted > amount) throw this.#refuse("over-budget", `wanted ${wanted} ${unit} of ${amount} for ${id}`, wanted);
    }
    for (const { id, spend } of acts) this.#ledgers.get(id)!.add(spend);
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

function inUnit(spend: Partial<Spend>, { unit }: Budget): number {
  if (unit === "samples") return spend.samples ?? 0;
  if (unit === "flops") return spend.flops ?? 0;
  const { promptTokens = 0, completionTokens = 0, rewardTokens = 0, extraForwardTokens = 0 } = spend;
  return promptTokens + completionTokens + rewardTokens + extraForwardTokens;
}
