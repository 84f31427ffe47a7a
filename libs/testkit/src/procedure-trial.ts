import { stream, type Budget, type Decision, type Procedure, type ProblemView } from "@touchstone/core";
import { ToyAccess } from "./toy-access.ts";
import { randomConditional, toyPolicy } from "./toy-policy.ts";
import { toyReward } from "./toy-reward.ts";

export interface ProcedureContractOptions {
  /** Parameters as a user would give them; `{}`, the defaults, where left out. */
  readonly parameters?: unknown;
  readonly seed?: number;
  /** Random worlds of each kind; default 6. */
  readonly worlds?: number;
  /** Default: 1, 3 and 8 samples per problem. */
  readonly budgets?: readonly Budget[];
  /** Range of the valid rewards; default −3 … 3. */
  readonly rewardRange?: readonly [number, number];
  /**
   * Whether every problem is decided by itself, so that the order in which problems are given does not matter; default true.
   * False for methods that share a budget or learn from one problem for the next.
   */
  readonly orderIndependent?: boolean;
  /** Largest difference between two computations of one weight; default 1e-9. */
  readonly tolerance?: number;
}

/** `clean`: every answer parsable, every reward valid; `mixed`: some fail; `failed`: every reward is NaN. */
export type WorldKind = "clean" | "mixed" | "failed";
export const WORLD_KINDS: readonly WorldKind[] = ["clean", "mixed", "failed"];

export interface ProcedureTrial extends Required<Omit<ProcedureContractOptions, "parameters">> {
  readonly procedure: Procedure;
  readonly parameters: unknown;
}

/** Parses the parameters and fills in the defaults of the trial. Throws where the parameters do not parse. */
export function procedureTrial(procedure: Procedure, options: ProcedureContractOptions = {}): ProcedureTrial {
  return {
    procedure,
    parameters: procedure.parameters.parse(options.parameters ?? {}),
    seed: options.seed ?? 1,
    worlds: options.worlds ?? 6,
    budgets: options.budgets ?? [1, 3, 8].map((amount) => ({ unit: "samples", amount, scope: "problem" })),
    rewardRange: options.rewardRange ?? [-3, 3],
    orderIndependent: options.orderIndependent ?? true,
    tolerance: options.tolerance ?? 1e-9,
  };
}

export interface World {
  /** For messages. */
  readonly name: string;
  readonly problems: readonly ProblemView[];
  /** NaN = failed. */
  reward(problem: ProblemView, text: string): number;
  /** A fresh access to the same world: the same draws in the same order. */
  access(options?: { problems?: readonly ProblemView[]; signal?: AbortSignal }): ToyAccess;
  /** Lets the procedure decide all problems of the access. */
  decide(access: ToyAccess): Promise<readonly Decision[]>;
}

/** Keyed random worlds of four problems with enumerable responses, at each budget. */
export function* trialWorlds(trial: ProcedureTrial, kinds: readonly WorldKind[] = WORLD_KINDS): Generator<World> {
  for (const kind of kinds) {
    for (let index = 0; index < trial.worlds; index++) {
      for (const budget of trial.budgets) yield world(trial, kind, index, budget);
    }
  }
}

function world(trial: ProcedureTrial, kind: WorldKind, index: number, budget: Budget): World {
  const { procedure, parameters, seed, rewardRange } = trial;
  const vocabulary = ["1", "2", "\n"];
  const key = seed + 1000 * index;
  const policy = toyPolicy({ vocabulary, conditional: randomConditional(key, vocabulary.length) });
  const problems = Array.from({ length: 4 }, (_, i): ProblemView => ({
    id: `p-${i}`,
    messages: [{ role: "user", content: `question ${i}` }],
    cluster: `c-${i % 2}`,
    split: "test",
  }));
  const reward = (prompt: string, text: string): number => {
    const random = stream(key, "reward", prompt, text);
    const failed = kind === "failed" || (kind === "mixed" && random.uniform() < 0.3);
    // Few different values, so that there are ties.
    return failed ? Number.NaN : rewardRange[0] + (random.integer(5) / 4) * (rewardRange[1] - rewardRange[0]);
  };
  const names = { none: [], one: ["reward"], all: ["reward-1", "reward-2"] }[procedure.needs.rewards];
  return {
    name: `${kind} world ${index} with ${budget.amount} ${budget.unit} a ${budget.scope}`,
    problems,
    reward: (problem, text) => reward(problem.messages[0]!.content, text),
    access: ({ problems: given = problems, signal } = {}) =>
      new ToyAccess({
        policy,
        problems: given,
        rewardModels: names.map((name) => toyReward(name, reward)),
        extract: (text) => /[12](?=[^12]*$)/.exec(text)?.[0] ?? (kind === "clean" ? "none" : undefined),
        budget,
        decoding: { temperature: 1, topK: 0, topP: 1, maxTokens: 6, stop: [] },
        seed: key,
        answers: procedure.needs.answers,
        ...(signal ? { signal } : {}),
      }),
    decide: (access) => procedure.decide(access.problems, access, parameters, undefined),
  };
}
