import type { Access, Decision, Drawn, ProblemView, Procedure } from "@touchstone/core";
import { ToyAccess, toyPolicy, toyReward, type Conditional, type ToyPolicy } from "@touchstone/testkit";

const VOCABULARY = ["a", "b", "\n"] as const;
/** As good as impossible, and positive. */
const NEVER = 1e-12;

/** Responses of exactly `lines` lines, each the letter a or b with even chances. */
export function lettersPolicy(lines: number): ToyPolicy {
  const law: Conditional = (_, prefix) => {
    const ended = prefix.split("\n").length - 1;
    if (ended === lines) return [NEVER, NEVER, NEVER, 1 - 3 * NEVER];
    if (prefix === "" || prefix.endsWith("\n")) return [0.5 - NEVER, 0.5 - NEVER, NEVER, NEVER];
    return [NEVER, NEVER, 1 - 3 * NEVER, NEVER];
  };
  return toyPolicy({ vocabulary: VOCABULARY, conditional: law });
}

export interface Setting {
  readonly policy: ToyPolicy;
  readonly problems: number;
  readonly samples: number;
  readonly reward: (text: string) => number;
  readonly maxTokens?: number;
  readonly seed?: number;
  /** The reward model's median standard deviation within a problem. */
  readonly rewardScale?: number;
}

/** Problems that differ in their names alone, so that they are repetitions of one experiment. */
export function openAccess(setting: Setting): ToyAccess {
  const { policy, problems, samples, reward, maxTokens = 12, seed = 1, rewardScale = 1 } = setting;
  return new ToyAccess({
    policy,
    rewardModels: [toyReward("reward", (_, response) => reward(response))],
    problems: Array.from({ length: problems }, (__, i) => problemNamed(`p-${i}`)),
    extract: (text) => text,
    budget: { unit: "samples", amount: samples, scope: "problem" },
    decoding: { temperature: 1, topK: 0, topP: 1, maxTokens, stop: [] },
    seed,
    rewardScale,
  });
}

function problemNamed(id: string): ProblemView {
  return { id, messages: [{ role: "user", content: "q" }], cluster: id, split: "test" };
}

/** Decides all problems; the mean weight of each text over them. */
export async function lawOfAnswers(procedure: Procedure, access: ToyAccess, given: object = {}) {
  const decisions = await decide(procedure, access, given);
  const law = new Map<string, number>();
  for (const [i, decision] of decisions.entries()) {
    if (decision.kind === "abstained") throw new Error(decision.reason);
    const texts = new Map(access.drawnFor(access.problems[i]!.id).map(({ id, text }) => [id, text]));
    for (const { id, weight } of decision.weights) {
      const text = texts.get(id)!;
      law.set(text, (law.get(text) ?? 0) + weight / decisions.length);
    }
  }
  return law;
}

export function decide(
  procedure: Procedure,
  access: Access & { problems: readonly ProblemView[] },
  given: object = {},
) {
  return procedure.decide(access.problems, access, procedure.parameters.parse(given), undefined) as Promise<
    readonly Decision[]
  >;
}

/** The calls of the model that a procedure makes. */
export async function callsOf(procedure: Procedure, access: ToyAccess): Promise<number> {
  let calls = 0;
  const count = <A extends unknown[]>(act: (...given: A) => Promise<Drawn[][]>) => {
    return (...given: A) => {
      calls++;
      return act(...given);
    };
  };
  const counted = new Proxy(access, {
    get(target, key) {
      if (key === "draw") return count(target.draw.bind(target));
      if (key === "continue") return count(target.continue.bind(target));
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await decide(procedure, counted);
  return calls;
}
