import { defineProcedure, type Access, type Decision, type Drawn, type Procedure } from "@touchstone/core";
import { z } from "zod";
import type { ProcedureLaw } from "./procedure-contract.ts";

/** A procedure with one fault, and the laws that must catch it (others may break as well). */
export interface MutantProcedure {
  readonly fault: string;
  readonly procedure: Procedure;
  readonly breaks: readonly ProcedureLaw[];
}

type Decide = Procedure<object>["decide"];

/** Best-of-n that draws its whole budget at once, from which every mutant differs in one thing. Budgets in samples. */
export const faultlessProcedure = defineProcedure<object>({
  name: "faultless-procedure",
  summary: "Best-of-n with the whole budget in one round.",
  reference: { title: "Mutants of best-of-n", authors: "ours", year: 2026 },
  needs: { rewards: "one", answers: false },
  parameters: z.strictObject({}),
  decide: (problems, access) => bestOf(problems, access, () => access.budget.amount),
});

const mutant = (
  fault: string,
  breaks: readonly ProcedureLaw[],
  change: Partial<Procedure<object>> | Decide,
): MutantProcedure => ({
  fault,
  breaks,
  procedure: { ...faultlessProcedure, ...(typeof change === "function" ? { decide: change } : change) },
});

/** A Lehmer generator of its own, seeded once a process. */
let own = 1;

export const MUTANT_PROCEDURES: readonly MutantProcedure[] = [
  mutant("draws one sample too many", ["never acts beyond its budget"], (problems, access) =>
    bestOf(problems, access, () => access.budget.amount + 1),
  ),
  mutant("tries for more and hides the refusal", ["never acts beyond its budget"], async (problems, access) => {
    const decisions = await faultlessProcedure.decide(problems, access, {}, undefined);
    try {
      await access.draw([{ problem: problems[0]!, count: 1 }]);
    } catch {
      // Nobody will know.
    }
    return decisions;
  }),
  mutant("forgets that continuing costs a sample", ["never acts beyond its budget"], async (problems, access) => {
    const drawn = await access.draw(problems.map((problem) => ({ problem, count: access.budget.amount })));
    const continued = await access.continue(
      drawn.map(([first]) => ({ parent: first!.id, cut: { unit: "token", keep: 0 } })),
    );
    return continued.map((samples) => decided(samples, [0]));
  }),
  mutant("peeks at the reference", ["reads no grade and no reference"], async (problems, access) => {
    const references = problems.map((problem) => (problem as unknown as { reference: string }).reference);
    const drawn = await access.draw(problems.map((problem) => ({ problem, count: access.budget.amount })));
    const rewards = await access.reward(drawn.flat());
    return split(drawn, rewards).map(([samples, values], i) =>
      highest(
        samples,
        values.map((value, k) => (samples[k]!.text === references[i] ? 1e9 : value)),
      ),
    );
  }),
  mutant("peeks at the grades of its draws", ["reads no grade and no reference"], async (problems, access) => {
    const drawn = await access.draw(problems.map((problem) => ({ problem, count: access.budget.amount })));
    return drawn.map((samples) => {
      const grades = samples.map((sample) => (sample as unknown as { grade: number }).grade);
      return decided(samples, [grades.indexOf(Math.max(...grades))]);
    });
  }),
  mutant("gives the first problem more attention", ["the order of the problems does not matter"], (problems, access) =>
    bestOf(problems, access, (position) => (position === 0 ? access.budget.amount : 1)),
  ),
  mutant("keys its randomness by place", ["the order of the problems does not matter"], async (problems, access) => {
    const drawn = await access.draw(problems.map((problem) => ({ problem, count: access.budget.amount })));
    const rewards = await access.reward(drawn.flat());
    return split(drawn, rewards).map(([samples, values], i) => {
      const valid = [...samples.keys()].filter((k) => !Number.isNaN(values[k]!));
      if (valid.length === 0) return { kind: "abstained", reason: "no sample has a valid reward" };
      return decided(samples, [valid[access.random(`problem ${i}`).integer(valid.length)]!]);
    });
  }),
  mutant(
    "takes the first of equals by its name",
    ["the names of the draws do not matter"],
    async (problems, access) => {
      const decisions = await faultlessProcedure.decide(problems, access, {}, undefined);
      return decisions.map((decision): Decision => {
        if (decision.kind === "abstained") return decision;
        const [first] = decision.weights.map(({ id }) => id).toSorted();
        return { kind: "decided", weights: [{ id: first!, weight: 1 }] };
      });
    },
  ),
  mutant(
    "divides by the spread of rewards, which may be none",
    ["weights are a law over the draws of the problem"],
    async (problems, access) => {
      const drawn = await access.draw(problems.map((problem) => ({ problem, count: access.budget.amount })));
      const rewards = await access.reward(drawn.flat());
      return split(drawn, rewards).map(([samples, values]) => {
        const valid = values.filter((value) => !Number.isNaN(value));
        const [low, high] = [Math.min(...valid), Math.max(...valid)];
        if (valid.length < 2) return highest(samples, values);
        const shares = values.map((value) => (Number.isNaN(value) ? 0 : (value - low) / (high - low)));
        const sum = shares.reduce((a, b) => a + b, 0);
        return { kind: "decided", weights: shares.map((share, k) => ({ id: samples[k]!.id, weight: share / sum })) };
      });
    },
  ),
  mutant("takes a failed reward for zero", ["a failed reward never wins"], async (problems, access) => {
    const drawn = await access.draw(problems.map((problem) => ({ problem, count: access.budget.amount })));
    const rewards = await access.reward(drawn.flat());
    return split(drawn, rewards).map(([samples, values]) =>
      highest(
        samples,
        values.map((value) => (Number.isNaN(value) ? 0 : value)),
      ),
    );
  }),
  mutant(
    "does not normalise tied weights",
    ["weights are a law over the draws of the problem"],
    async (problems, access) => {
      const decisions = await faultlessProcedure.decide(problems, access, {}, undefined);
      return decisions.map((decision) =>
        decision.kind === "decided"
          ? { ...decision, weights: decision.weights.map(({ id }) => ({ id, weight: 1 })) }
          : decision,
      );
    },
  ),
  mutant(
    "answers with a sample of another problem",
    ["weights are a law over the draws of the problem"],
    async (problems, access) => {
      const decisions = await faultlessProcedure.decide(problems, access, {}, undefined);
      return [...decisions.slice(1), decisions[0]!];
    },
  ),
  mutant(
    "answers with a sample it never drew",
    ["weights are a law over the draws of the problem"],
    async (problems, access) => {
      await faultlessProcedure.decide(problems, access, {}, undefined);
      return problems.map(({ id }) => ({ kind: "decided", weights: [{ id: `${id}#99`, weight: 1 }] }));
    },
  ),
  mutant("leaves out the last problem", ["weights are a law over the draws of the problem"], async (problems, access) =>
    (await faultlessProcedure.decide(problems, access, {}, undefined)).slice(0, -1),
  ),
  mutant("abstains when the budget is small", ["decides where every sample is valid"], (problems, access) =>
    access.budget.amount < 3
      ? access.draw([]).then(() => problems.map(() => ({ kind: "abstained", reason: "too few samples" })))
      : faultlessProcedure.decide(problems, access, {}, undefined),
  ),
  mutant("writes into the problems", ["leaves its inputs as they are"], (problems, access) => {
    try {
      for (const problem of problems) (problem as { cluster: string }).cluster = "mine";
    } catch {
      // Frozen, but it tried.
    }
    return faultlessProcedure.decide(problems, access, {}, undefined);
  }),
  mutant("has a generator of its own", ["same draws, same streams, same decisions"], async (problems, access) => {
    const drawn = await access.draw(problems.map((problem) => ({ problem, count: access.budget.amount })));
    own = (own * 48_271) % 2_147_483_647;
    return drawn.map((samples) => decided(samples, [own % samples.length]));
  }),
  mutant("asks for rewards it does not declare", ["reads only what it says it needs"], {
    needs: { rewards: "none", answers: false },
  }),
  mutant("reads answers it does not declare", ["reads only what it says it needs"], async (problems, access) => {
    const drawn = await access.draw(problems.map((problem) => ({ problem, count: access.budget.amount })));
    const rewards = await access.reward(drawn.flat());
    return split(drawn, rewards).map(([samples, values]) =>
      highest(
        samples,
        values.map((value, k) => (samples[k]!.answer < 0 ? value - 1e6 : value)),
      ),
    );
  }),
  mutant("decides after its signal has fired", ["stops when it is told to"], async (problems, access) => {
    try {
      return await faultlessProcedure.decide(problems, access, {}, undefined);
    } catch {
      return problems.map(() => ({ kind: "abstained", reason: "something went wrong" }));
    }
  }),
  mutant("ignores parameters it does not know", ["has defaults and refuses unknown parameters"], {
    parameters: z.object({}),
  }),
  mutant("has no name for tables", ["says what it is"], { name: "" }),
];

async function bestOf(
  problems: Parameters<Decide>[0],
  access: Access,
  count: (position: number) => number,
): Promise<readonly Decision[]> {
  const drawn = await access.draw(problems.map((problem, position) => ({ problem, count: count(position) })));
  const rewards = await access.reward(drawn.flat());
  return split(drawn, rewards).map(([samples, values]) => highest(samples, values));
}

function split(drawn: readonly (readonly Drawn[])[], rewards: Float64Array): [readonly Drawn[], number[]][] {
  let start = 0;
  return drawn.map((samples) => {
    const values = Array.from(rewards.subarray(start, start + samples.length));
    start += samples.length;
    return [samples, values];
  });
}

function highest(samples: readonly Drawn[], values: readonly number[]): Decision {
  const valid = values.filter((value) => !Number.isNaN(value));
  if (valid.length === 0) return { kind: "abstained", reason: "no sample has a valid reward" };
  const best = Math.max(...valid);
  return decided(
    samples,
    [...values.keys()].filter((i) => values[i] === best),
  );
}

function decided(samples: readonly Drawn[], winners: readonly number[]): Decision {
  return { kind: "decided", weights: winners.map((i) => ({ id: samples[i]!.id, weight: 1 / winners.length })) };
}
