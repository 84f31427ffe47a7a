import { defineProcedure, type Access, type Method, type ProblemView } from "@touchstone/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { evaluate, fill } from "../src/index.ts";
import { liveSetting, walker } from "./live-world.ts";
import { best, filePool } from "./toy-world.ts";

const store = filePool();

/** Draws one sample of every problem, and gives the rest of the batch's budget to its first. */
function sharer(batches: string[][]): Method {
  return defineProcedure({
    name: "sharer",
    summary: "Spends on one problem what it saves on others.",
    reference: { title: "Toy", authors: "ours", year: 2026 },
    needs: { rewards: "none", answers: false, batch: true },
    parameters: z.strictObject({}),
    async decide(problems: readonly ProblemView[], access: Access) {
      batches.push(problems.map(({ id }) => id));
      const ones = await access.draw(problems.map((problem) => ({ problem, count: 1 })));
      const left = (access.budget.amount - 1) * problems.length;
      await access.draw([{ problem: problems[0]!, count: left }]);
      return ones.map(([first]) => ({ kind: "decided" as const, weights: [{ id: first!.id, weight: 1 }] }));
    },
  }) as Method;
}

test("a method that shares a budget stands beside methods that do not, on the same problems", async () => {
  const batches: string[][] = [];
  const methods = [sharer(batches), best as Method, walker()];
  const suite = { seeds: [1], batch: { size: 2 }, budgets: { amounts: [2] } };
  const setting = liveSetting(store.pool, suite, { methods, problems: 5 });
  await fill(setting);
  const { results, questions } = await evaluate(setting);
  // Two batches of two, the same in every replicate; the fifth problem is left out for everyone.
  const distinct = new Set(batches.map((batch) => batch.join()));
  expect(distinct.size).toBe(2);
  expect([...distinct].flatMap((batch) => batch.split(","))).toHaveLength(4);
  const row = (method: string) => results.find((r) => r.method === method && r.metric === "accuracy")!;
  expect(row("sharer")).toMatchObject({ batch_size: 2, batches: 2, problems: 4, replicates: 200 });
  expect(row("best")).toMatchObject({ batch_size: 1, batches: 4, problems: 4, replicates: 0 });
  expect(row("walker")).toMatchObject({ batch_size: 1, batches: 4, problems: 4, replicates: 1 });
  const problemsOf = (method: string) =>
    questions.filter((q) => q.method === method && q.metric === "accuracy").map(({ problem }) => problem);
  expect(problemsOf("sharer")).toEqual(problemsOf("best"));
  expect(problemsOf("walker")).toEqual(problemsOf("best"));
});

test("a method that shares a budget needs to be told by how many problems", () => {
  expect(() => liveSetting(store.pool, {}, { methods: [sharer([])] })).toThrow(
    "batch-needed: The method sharer spends one budget over several problems",
  );
});
