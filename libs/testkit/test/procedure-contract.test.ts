import { defineProcedure, type Decision } from "@touchstone/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { checkProcedure, faultlessChain, faultlessProcedure, MUTANT_CHAINS, MUTANT_PROCEDURES } from "../src/index.ts";
import { procedureContract } from "../src/vitest.ts";

const reference = { title: "Test", authors: "ours", year: 2026 };

/** Draws one sample at a time and stops when one answer leads by the given margin. */
const sequentialVote = defineProcedure<{ margin: number }>({
  name: "sequential-vote",
  summary: "Stops when an answer leads.",
  reference,
  needs: { rewards: "none", answers: true },
  parameters: z.strictObject({ margin: z.number().int().positive().default(2) }),
  async decide(problems, access, { margin }) {
    const votes = problems.map(() => new Map<number, string[]>());
    let open = [...problems.keys()];
    for (let round = 0; round < access.budget.amount && open.length > 0; round++) {
      const drawn = await access.draw(open.map((i) => ({ problem: problems[i]!, count: 1 })));
      open.forEach((i, k) => {
        const [sample] = drawn[k]!;
        if (sample!.answer < 0) return;
        votes[i]!.set(sample!.answer, [...(votes[i]!.get(sample!.answer) ?? []), sample!.id]);
      });
      open = open.filter((i) => {
        const [first = 0, second = 0] = [...votes[i]!.values()].map((ids) => ids.length).toSorted((a, b) => b - a);
        return first - second < margin;
      });
    }
    return votes.map((byAnswer): Decision => {
      const most = Math.max(...[...byAnswer.values()].map((ids) => ids.length));
      const winners = [...byAnswer.values()].filter((ids) => ids.length === most);
      if (winners.length === 0) return { kind: "abstained", reason: "no sample has a parsable answer" };
      return {
        kind: "decided",
        weights: winners.flatMap((ids) => ids.map((id) => ({ id, weight: 1 / (winners.length * ids.length) }))),
      };
    });
  },
});

/** Draws one sample and answers with it, unless the labelled problems say that the shortest of two is better. */
const learnsLength = defineProcedure<object, number>({
  name: "learns-length",
  summary: "Prefers the length that was graded well.",
  reference,
  needs: { rewards: "none", answers: false },
  parameters: z.strictObject({}),
  async fit({ problems, grades }, access) {
    const drawn = (await access.draw(problems.map((problem) => ({ problem, count: 1 })))).flat();
    const graded = await grades(drawn);
    return drawn.reduce((sum, { tokenCount }, i) => sum + (graded[i]! - 0.5) * tokenCount, 0);
  },
  async decide(problems, access, _, slope) {
    const drawn = await access.draw(problems.map((problem) => ({ problem, count: access.budget.amount })));
    return drawn.map((samples): Decision => {
      const lengths = samples.map(({ tokenCount }) => tokenCount);
      const best = slope > 0 ? Math.max(...lengths) : Math.min(...lengths);
      return { kind: "decided", weights: [{ id: samples[lengths.indexOf(best)]!.id, weight: 1 }] };
    });
  },
});

procedureContract(faultlessProcedure);
procedureContract(sequentialVote);
procedureContract(sequentialVote, { parameters: { margin: 1 } });

procedureContract(faultlessChain);
procedureContract(learnsLength);

test("what was fitted decides, and what faults there were in fitting is seen", async () => {
  const swapped = defineProcedure<object, number>({ ...learnsLength, fit: async () => Number.NaN });
  const careless = defineProcedure<object, number>({
    ...learnsLength,
    async fit(train, access) {
      await access.draw(train.problems.map((problem) => ({ problem, count: access.budget.amount + 1 })));
      return 0;
    },
  });
  expect(await checkProcedure(swapped)).toEqual([]);
  expect((await checkProcedure(careless)).map(({ law }) => law)).toContain("never acts beyond its budget");
});

test("a method that needs a batch is tried on a shared budget", async () => {
  const scopes = new Set<string>();
  const batch = defineProcedure<object>({
    ...faultlessProcedure,
    needs: { ...faultlessProcedure.needs, batch: true },
    decide(problems, access, parameters) {
      scopes.add(access.budget.scope);
      return faultlessProcedure.decide(problems, access, parameters, undefined);
    },
  });
  expect(await checkProcedure(batch)).toEqual([]);
  expect(scopes).toEqual(new Set(["batch"]));
});

test.each([...MUTANT_PROCEDURES, ...MUTANT_CHAINS])(
  "the contract rejects a procedure that $fault",
  async ({ procedure, breaks }) => {
    const broken = Object.fromEntries((await checkProcedure(procedure)).map(({ law, detail }) => [law, detail]));
    for (const law of breaks) expect(broken).toHaveProperty([law], expect.stringMatching(/\w/));
  },
);

test("a budget shared by a batch may be spent unevenly, a budget per problem may not", async () => {
  const generous = defineProcedure<object>({
    ...faultlessProcedure,
    async decide(problems, access) {
      const extra = problems.length - 1;
      const drawn = await access.draw(
        problems.map((problem) => ({ problem, count: problem.id === "p-0" ? access.budget.amount + extra : 1 })),
      );
      return drawn.map(([first]) => ({ kind: "decided", weights: [{ id: first!.id, weight: 1 }] }));
    },
    needs: { rewards: "none", answers: false },
  });
  const shared = await checkProcedure(generous, { budgets: [{ unit: "samples", amount: 2, scope: "batch" }] });
  expect(shared).toEqual([]);
  const separate = await checkProcedure(generous, { budgets: [{ unit: "samples", amount: 2, scope: "problem" }] });
  expect(separate.map(({ law, detail }) => `${law}: ${detail}`)).toContainEqual(
    expect.stringMatching(/^never acts beyond its budget: .*over-budget: wanted 5 samples of 2 for p-0/),
  );
});

test("a budget in tokens counts what is processed", async () => {
  const frugal = await checkProcedure(sequentialVote, {
    // A prompt of 10 and at most 6 tokens a sample; 100 samples are never drawn before 400 tokens are spent.
    budgets: [{ unit: "tokens", amount: 400, scope: "problem" }],
    parameters: { margin: 1000 },
    worlds: 1,
  });
  expect(frugal.map(({ law }) => law)).toContain("never acts beyond its budget");
});
