import {
  defineProcedure,
  ledgerRow,
  type Access,
  type Dataset,
  type LabelledStream,
  type Method,
  type Procedure,
  type ProblemView,
} from "@touchstone/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { evaluate, fill, planRun, type SuiteInput } from "../src/index.ts";
import { countedPolicy, liveDataset, liveSetting } from "./live-world.ts";
import { filePool } from "./toy-world.ts";

const store = filePool();

interface Seen {
  /** Grades that `fit` was given, by problem. */
  readonly grades: Map<string, number[]>;
  /** States that `decide` was given, and the problems that it decided. */
  readonly states: unknown[];
  readonly decided: Set<string>;
  readonly embeddings: number[];
}

/** Learns the mean grade of its budget's samples, and answers with its first sample. */
function learner(seen: Seen): Method {
  return defineProcedure({
    name: "learner",
    summary: "Learns a mean grade.",
    reference: { title: "Toy", authors: "ours", year: 2026 },
    needs: { rewards: "one", answers: false, embeds: true },
    parameters: z.strictObject({}),
    async fit(train: LabelledStream, access: Access) {
      const drawn = await access.draw(train.problems.map((problem) => ({ problem, count: access.budget.amount })));
      await access.reward(drawn.flat());
      const embeddings = await access.embed(train.problems);
      seen.embeddings.push(embeddings[0]!.length);
      let sum = 0;
      for (const [i, problem] of train.problems.entries()) {
        const grades = [...(await train.grades(drawn[i]!))];
        seen.grades.set(`${problem.id} at ${access.budget.amount}`, grades);
        sum += grades.reduce((a, b) => a + b, 0);
      }
      return { mean: sum / (access.budget.amount * train.problems.length) };
    },
    async decide(problems: readonly ProblemView[], access: Access, _parameters, state: { readonly mean: number }) {
      seen.states.push(state);
      for (const { id } of problems) seen.decided.add(id);
      await access.embed(problems);
      const drawn = await access.draw(problems.map((problem) => ({ problem, count: 1 })));
      return drawn.map(([first]) => ({
        kind: "decided" as const,
        weights: [{ id: first!.id, weight: 1 }],
        diagnostics: { learned: state.mean },
      }));
    },
  }) as Method;
}

function nothing(): Seen {
  return { grades: new Map(), states: [], decided: new Set(), embeddings: [] };
}

test("a method learns once per budget from labelled problems that it does not decide", async () => {
  const seen = nothing();
  const policy = countedPolicy();
  const setting = liveSetting(store.pool, { seeds: [1] }, { methods: [learner(seen)], policy });
  await fill(setting);
  // Six problems to decide and four to learn from; in the evaluation none is embedded again.
  expect(policy.calls.embedded).toBe(6 + 4);
  const { results, diagnostics } = await evaluate(setting);
  expect(policy.calls.embedded).toBe(6 + 4);
  expect(seen.embeddings).toEqual([4, 4]);
  expect([...seen.decided].every((id) => id.startsWith("test"))).toBe(true);
  expect([...seen.grades.keys()].filter((key) => key.startsWith("train")).length).toBe(2 * 4);
  const meanAt = (budget: number): number => {
    const grades = [...seen.grades].filter(([key]) => key.endsWith(` at ${budget}`)).flatMap(([, of]) => of);
    expect(grades).toHaveLength(4 * budget);
    return grades.reduce((a, b) => a + b, 0) / grades.length;
  };
  for (const budget of [2, 5]) {
    const of = diagnostics.filter((row) => row.subject === "learner" && row.budget === budget);
    const named = new Map(of.map(({ name, value }) => [name, value]));
    expect(named.get("learned")).toBeCloseTo(meanAt(budget), 12);
    // Spent on the four labelled problems together.
    expect(named.get("fit_problems")).toBe(4);
    expect(named.get("fit_samples")).toBe(4 * budget);
    expect(named.get("fit_extra_forward_tokens")).toBe(4 * "train 0".length);
    expect(named.get("fit_reward_tokens")).toBeGreaterThan(4 * budget * "train 0".length - 1);
  }
  // Learning is not part of what deciding costs.
  const row = results.find(
    ({ method, metric, budget }) => method === "learner" && metric === "accuracy" && budget === 5,
  );
  expect(row).toMatchObject({ rounds: 2, reward_tokens: 0 });
});

test("grades reach a method through the labelled stream and nowhere else", async () => {
  const [honest, poisoned] = [nothing(), nothing()];
  const suite = { seeds: [2], budgets: { amounts: [3] } };
  const setting = liveSetting(store.pool, suite, { methods: [learner(honest)] });
  await fill(setting);
  await evaluate(setting);
  const dataset = liveDataset(6);
  // Graded 1 on the problems that are reported, as they were on those to learn from.
  const poison: Dataset = {
    ...dataset,
    version: "poisoned",
    grader: {
      name: "poison",
      grade: (problem, text, answer) => (problem.split === "test" ? 1 : dataset.grader.grade(problem, text, answer)),
    },
  };
  const other = liveSetting(store.pool, suite, { methods: [learner(poisoned)], dataset: poison });
  await fill(other);
  const { results } = await evaluate(other);
  expect(results.find(({ method }) => method === "learner")!.estimate).toBeCloseTo(1, 12);
  expect(poisoned.grades).toEqual(honest.grades);
  expect(poisoned.states).toEqual(honest.states);
  // Only `train` problems were ever graded for it.
  expect([...poisoned.grades.keys()].every((key) => key.startsWith("train"))).toBe(true);
});

test("grades of samples that a method did not draw are refused", async () => {
  const peeking = {
    ...(learner(nothing()) as object),
    fit: async (train: LabelledStream) => {
      await train.grades([{ id: "another", problem: train.problems[0]! } as never]);
    },
  } as unknown as Method;
  const setting = liveSetting(store.pool, { seeds: [3] }, { methods: [peeking] });
  await fill(setting);
  await expect(evaluate(setting)).rejects.toMatchObject({ code: "unknown-sample" });
});

test("learning from the reported problems is refused", () => {
  const datasets = [{ name: "live", split: "train" as const }];
  expect(() => liveSetting(store.pool, { datasets }, { methods: [learner(nothing())] })).toThrow(
    "fit-on-reported-problems: The suite reports the split of live from which learner would learn.",
  );
});

test("what learning spent is a row of the ledger beside what deciding spent, for every budget", async () => {
  const setting = liveSetting(store.pool, { seeds: [4, 5] }, { methods: [learner(nothing())] });
  await fill(setting);
  const { ledger, results } = await evaluate(setting);
  z.array(ledgerRow).parse(ledger);
  expect(ledger!.map(({ purpose, split, budget }) => [purpose, split, budget])).toEqual([
    ["decide", "test", 2],
    ["decide", "test", 5],
    ["learn", "train", 2],
    ["learn", "train", 5],
  ]);
  for (const row of ledger!) {
    const [problems, samples] = row.purpose === "learn" ? [4, row.budget] : [6, 1];
    // Two seeds; every problem's prompt is read once to draw and once to embed.
    expect(row).toMatchObject({ method: "learner", reward_model: "ones", problems, seeds: 2, trials: 1 });
    expect(row.samples).toBe(2 * problems * samples);
    const prompts = 2 * problems * `${row.split} 0`.length;
    expect([row.prompt_tokens, row.extra_forward_tokens]).toEqual([prompts, prompts]);
    expect(row.reward_tokens! > 0).toBe(row.purpose === "learn");
  }
  const deciding = results.filter(
    ({ metric, kind, budget }) => metric === "accuracy" && kind === "method" && budget === 5,
  );
  const flops = deciding.reduce((sum, row) => sum + 6 * row.flops!, 0);
  expect(ledger!.find(({ purpose, budget }) => purpose === "decide" && budget === 5)!.flops).toBeCloseTo(flops, 3);
});

test("with parameters that do not learn, no labelled problem is drawn for or needed", async () => {
  const seen = nothing();
  const sometimes = {
    ...(learner(seen) as Procedure),
    needs: {
      rewards: "one",
      answers: false,
      embeds: true,
      learns: (given: { readonly hedged: boolean }) => given.hedged,
    },
    parameters: z.strictObject({ hedged: z.boolean().default(false) }),
    search: { knobs: { hedged: { scale: "choice", values: [false, true] } } },
    async decide(problems: readonly ProblemView[], access: Access) {
      const drawn = await access.draw(problems.map((problem) => ({ problem, count: 1 })));
      return drawn.map(([first]) => ({ kind: "decided" as const, weights: [{ id: first!.id, weight: 1 }] }));
    },
  } as Method;
  // The labelled split itself may be reported.
  const datasets = [{ name: "live", split: "train" as const }];
  const suite = { seeds: [6], datasets };
  const setting = liveSetting(store.pool, suite, { methods: [sometimes] });
  expect((await planRun(setting)).draws.map(({ split }) => split)).toEqual(["train"]);
  await fill(setting);
  const { ledger } = await evaluate(setting);
  expect(ledger!.map(({ purpose }) => purpose)).toEqual(["decide", "decide"]);
  expect(seen.grades.size).toBe(0);

  const hedged = [{ name: "learner", parameters: { hedged: true } }];
  const refused = "fit-on-reported-problems";
  expect(() => liveSetting(store.pool, { ...suite, methods: hedged }, { methods: [sometimes] })).toThrow(refused);
  // A dataset without labelled problems will do, unless validation would try what learns.
  const dataset: Dataset = { ...liveDataset(6), splits: ["validation", "test"] };
  const resolve = (more: Partial<SuiteInput>) => () => liveSetting(store.pool, more, { methods: [sometimes], dataset });
  expect(resolve({})).not.toThrow();
  const tuning = { split: "validation" as const, trials: 2 };
  expect(resolve({ tuning })).toThrow("unknown-split: learner learns from labelled problems before it decides");
});
