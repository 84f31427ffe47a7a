import {
  defineProcedure,
  type Access,
  type Decision,
  type Drawn,
  type LabelledStream,
  type ProblemView,
} from "@touchstone/core";
import { z } from "zod";
import type { MutantProcedure } from "./mutant-procedures.ts";

interface Faults {
  /** Steps after the first draw; default what the budget leaves. */
  readonly steps?: (access: Access) => number;
  /** The value a state is judged by; default its reward. */
  readonly value?: (state: Drawn, reward: number) => number;
  /** A number in [0, 1) that says where to cut; default keyed by the problem. */
  readonly uniform?: (access: Access, state: Drawn, step: number) => number;
  readonly maxTokens?: number;
}

/** A chain that cuts its state anywhere, draws the rest again and keeps what is better; every mutant differs in one thing. */
async function climb(
  problems: readonly ProblemView[],
  access: Access,
  { steps, value, uniform, maxTokens }: Faults,
): Promise<readonly Decision[]> {
  const cutAt =
    uniform ?? (({ random }, state, step) => random.call(access, `cut ${state.problem.id} ${step}`).uniform());
  const judge = value ?? ((_, reward) => reward);
  const decoding = maxTokens === undefined ? {} : { decoding: { maxTokens } };
  let states = (await access.draw(problems.map((problem) => ({ problem, count: 1 })))).map(([first]) => first!);
  let values = Array.from(await access.reward(states), (reward, i) => judge(states[i]!, reward));
  const rounds = steps?.(access) ?? access.budget.amount - 1;
  for (let step = 0; step < rounds; step++) {
    const proposals = await access.continue(
      states.map((state) => {
        const keep = Math.floor(cutAt(access, state, step) * state.tokenCount);
        return { parent: state.id, cut: { unit: "token", keep }, ...decoding };
      }),
    );
    const proposed = proposals.map(([first]) => first!);
    const rewards = await access.reward(proposed);
    const candidates = proposed.map((state, i) => judge(state, rewards[i]!));
    const better = candidates.map((candidate, i) => candidate > values[i]! || Number.isNaN(values[i]!));
    states = states.map((state, i) => (better[i] ? proposed[i]! : state));
    values = values.map((before, i) => (better[i] ? candidates[i]! : before));
  }
  return states.map(({ id }, i) =>
    Number.isNaN(values[i]!)
      ? { kind: "abstained", reason: "no state has a valid reward" }
      : { kind: "decided", weights: [{ id, weight: 1 }] },
  );
}

export const faultlessChain = defineProcedure<object>({
  name: "faultless-chain",
  summary: "Redraws suffixes and keeps what is better.",
  reference: { title: "Mutants of a chain", authors: "ours", year: 2026 },
  needs: { rewards: "one", answers: false, continues: true },
  parameters: z.strictObject({}),
  decide: (problems, access) => climb(problems, access, {}),
});

const mutant = (fault: string, breaks: MutantProcedure["breaks"], faults: Faults): MutantProcedure => ({
  fault,
  breaks,
  procedure: { ...faultlessChain, decide: (problems, access) => climb(problems, access, faults) },
});

/** A Lehmer generator of its own, seeded once a process. */
let own = 1;
const ownUniform = () => (own = (own * 48_271) % 2_147_483_647) / 2_147_483_647;

/** Chains with one fault each, and the laws that must catch them. */
export const MUTANT_CHAINS: readonly MutantProcedure[] = [
  mutant("walks by the grades of its states", ["reads no grade and no reference"], {
    value: (state, reward) => reward + (state as unknown as { grade: number }).grade,
  }),
  mutant("takes a fixed number of steps, whatever the budget", ["never acts beyond its budget"], { steps: () => 5 }),
  mutant("forgets that its first state costs a sample", ["never acts beyond its budget"], {
    steps: ({ budget }) => budget.amount,
  }),
  mutant("cuts by a generator of its own", ["same draws, same streams, same decisions"], { uniform: ownUniform }),
  mutant("cuts all its chains by one stream", ["the order of the problems does not matter"], {
    uniform: sharedUniform(),
  }),
  mutant("lets responses grow past the cap", ["stays within the suite's length cap"], { maxTokens: 12 }),
  mutant("stays where a reward failed", ["a failed reward never wins"], {
    value: (_, reward) => (Number.isNaN(reward) ? 0 : reward),
  }),
  {
    fault: "reads token statistics it does not declare",
    breaks: ["reads only what it says it needs"],
    procedure: defineProcedure<object>({
      ...faultlessChain,
      needs: { rewards: "one", answers: false },
      async decide(problems, access) {
        const drawn = (await access.draw(problems.map((problem) => ({ problem, count: 1 })))).map(([first]) => first!);
        return drawn.map(({ id, statistics }) => ({ kind: "decided", weights: [{ id, weight: statistics ? 1 : 0 }] }));
      },
    }),
  },
  {
    fault: "grades the problems that it decides",
    breaks: ["reads no grade and no reference"],
    procedure: defineProcedure<object, LabelledStream>({
      ...faultlessChain,
      fit: async (train) => train,
      async decide(problems, access, _, train) {
        const drawn = (await access.draw(problems.map((problem) => ({ problem, count: 1 })))).map(([first]) => first!);
        await train.grades(drawn).catch(() => []);
        return drawn.map(({ id }) => ({ kind: "decided", weights: [{ id, weight: 1 }] }));
      },
    }),
  },
];

/** One stream for every problem of an access, read in the order of the problems. */
function sharedUniform(): NonNullable<Faults["uniform"]> {
  const streams = new WeakMap<Access, ReturnType<Access["random"]>>();
  return (access) => {
    const shared = streams.get(access) ?? access.random("cuts");
    streams.set(access, shared);
    return shared.uniform();
  };
}
