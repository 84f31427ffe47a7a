import {
  stream,
  type Budget,
  type Decision,
  type LabelledStream,
  type Procedure,
  type ProblemView,
  type Split,
} from "@touchstone/core";
import { ToyAccess, type ToyAccessOptions } from "./toy-access.ts";
import { randomConditional, toyPolicy } from "./toy-policy.ts";
import { toyReward } from "./toy-reward.ts";

export interface ProcedureContractOptions {
  /** Parameters as a user would give them; `{}`, the defaults, where left out. */
  readonly parameters?: unknown;
  readonly seed?: number;
  /** Random worlds of each kind; default 6. */
  readonly worlds?: number;
  /** Default: 1, 3 and 8 samples per problem, shared by the batch for a method that needs one. */
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

/**
 * `clean`: every answer parsable, every reward valid; `equal`: and all rewards the same; `mixed`: some fail, and a few are infinite;
 * `failed`: every reward is NaN; `unparsable`: no answer is parsable.
 */
export type WorldKind = "clean" | "equal" | "mixed" | "failed" | "unparsable";
export const WORLD_KINDS: readonly WorldKind[] = ["clean", "equal", "mixed", "failed", "unparsable"];

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
    budgets:
      options.budgets ??
      [1, 3, 8].map((amount) => ({ unit: "samples", amount, scope: procedure.needs.batch ? "batch" : "problem" })),
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
  /** A fresh access to the same world: the same draws in the same order, under other names where `nameOf` gives them. */
  access(options?: { problems?: readonly ProblemView[] } & Pick<ToyAccessOptions, "signal" | "nameOf">): ToyAccess;
  /** Lets the procedure fit, where it does, and decide all problems of the access. */
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
  const problemAt = (i: number, split: Split): ProblemView => ({
    id: `${split === "test" ? "p" : "t"}-${i}`,
    messages: [{ role: "user", content: `${split === "test" ? "" : "labelled "}question ${i}` }],
    cluster: `c-${i % 2}`,
    split,
  });
  const problems = Array.from({ length: 4 }, (_, i) => problemAt(i, "test"));
  const labelled = Array.from({ length: 3 }, (_, i) => problemAt(i, "train"));
  const reward = (prompt: string, text: string): number => {
    const random = stream(key, "reward", prompt, text);
    const chance = random.uniform();
    const failed = kind === "failed" || (kind === "mixed" && chance < 0.3);
    if (kind === "mixed" && chance > 0.9) return chance > 0.95 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    // Few different values, so that there are ties.
    const level = kind === "equal" ? 2 : random.integer(5);
    return failed ? Number.NaN : rewardRange[0] + (level / 4) * (rewardRange[1] - rewardRange[0]);
  };
  const names = { none: [], one: ["reward"], all: ["reward-1", "reward-2"] }[procedure.needs.rewards];
  const extract = (text: string): string | undefined => {
    if (kind === "unparsable") return undefined;
    return /[12](?=[^12]*$)/.exec(text)?.[0] ?? (kind === "mixed" || kind === "failed" ? undefined : "none");
  };
  const open = (
    given: readonly ProblemView[],
    more: Pick<ToyAccessOptions, "signal" | "record" | "nameOf">,
  ): ToyAccess =>
    new ToyAccess({
      policy,
      problems: given,
      rewardModels: names.map((name) => toyReward(name, reward)),
      extract,
      budget,
      decoding: { temperature: 1, topK: 0, topP: 1, maxTokens: 6, stop: [] },
      seed: key,
      rewardScale: (rewardRange[1] - rewardRange[0]) / 4,
      answers: procedure.needs.answers,
      tokenStatistics: [procedure.needs.tokenStatistics, procedure.needs.continues].some((need) =>
        // The parameters have passed the method's own schema.
        typeof need === "function" ? need(parameters as never) : need,
      ),
      ...more,
    });
  /** What `fit` returns of labelled problems of its own; its faults are written down with those of the decisions. */
  const fitted = async ({ refused, trespasses, signal }: ToyAccess): Promise<unknown> => {
    const { learns } = procedure.needs;
    // The parameters have passed the method's own schema.
    if (!procedure.fit || learns?.(parameters as never) === false) return undefined;
    const record = { refused, trespasses };
    const access = open(labelled, { signal, record });
    const train = labelledStream(access, refused, (problem, text) =>
      Number(stream(key, "grade", problem, text).uniform() < 0.5),
    );
    return procedure.fit(train, access, parameters);
  };
  return {
    name: `${kind} world ${index} with ${budget.amount} ${budget.unit} a ${budget.scope}`,
    problems,
    reward: (problem, text) => reward(problem.messages[0]!.content, text),
    access: ({ problems: given = problems, ...more } = {}) => open(given, more),
    decide: async (access) => procedure.decide(access.problems, access, parameters, await fitted(access)),
  };
}

/** Grades of what was drawn through `access`; to ask for others is written down as refused. */
function labelledStream(
  access: ToyAccess,
  refused: string[],
  grade: (problem: string, text: string) => number,
): LabelledStream {
  return {
    problems: access.problems,
    async grades(drawn) {
      return Float64Array.from(drawn, ({ id }) => {
        const problem = access.problemOf(id);
        if (problem === undefined) {
          refused.push(`no-grade: asked for the grade of ${id}, which it did not draw to learn from`);
          throw new Error(`there is no grade of ${id}`);
        }
        return grade(problem, access.drawnFor(problem).find((one) => one.id === id)!.text);
      });
    },
  };
}
