import { defineProcedure, type Decision } from "@touchstone/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { checkProcedure, faultlessProcedure, MUTANT_PROCEDURES } from "../src/index.ts";
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

/** A chain that redraws the second half of its state and keeps what is better. */
const redrawSuffix = defineProcedure<object>({
  name: "redraw-suffix",
  summary: "Redraws suffixes, keeps improvements.",
  reference,
  needs: { rewards: "one", answers: false },
  parameters: z.strictObject({}),
  async decide(problems, access) {
    let states = (await access.draw(problems.map((problem) => ({ problem, count: 1 })))).map(([first]) => first!);
    let rewards = await access.reward(states);
    for (let step = 1; step < access.budget.amount; step++) {
      const cuts = states.map(({ id, text }) => ({
        parent: id,
        cut: { unit: "token" as const, keep: Math.floor(text.length / 2) },
      }));
      const proposals = (await access.continue(cuts)).map(([first]) => first!);
      const proposed = await access.reward(proposals);
      const better = states.map((_, i) => proposed[i]! > rewards[i]! || Number.isNaN(rewards[i]!));
      states = states.map((state, i) => (better[i] ? proposals[i]! : state));
      rewards = rewards.map((reward, i) => (better[i] ? proposed[i]! : reward));
    }
    return states.map(({ id }, i) =>
      Number.isNaN(rewards[i]!)
        ? { kind: "abstained", reason: "no state has a valid reward" }
        : { kind: "decided", weights: [{ id, weight: 1 }] },
    );
  },
});

procedureContract(faultlessProcedure);
procedureContract(sequentialVote);
procedureContract(sequentialVote, { parameters: { margin: 1 } });

test("a method that continues responses can keep the contract", async () => {
  expect(await checkProcedure(redrawSuffix)).toEqual([]);
});

test.each(MUTANT_PROCEDURES)("the contract rejects a procedure that $fault", async ({ procedure, breaks }) => {
  const broken = Object.fromEntries((await checkProcedure(procedure)).map(({ law, detail }) => [law, detail]));
  for (const law of breaks) expect(broken).toHaveProperty([law], expect.stringMatching(/\w/));
});

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
