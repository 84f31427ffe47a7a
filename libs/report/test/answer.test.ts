import { abstainedFor, type ComparisonRow, type ResultRow, type RunResults } from "@touchstone/core";
import { describe, expect, it } from "vitest";
import { answerInWords, budgetTables, narrowed, plantedIn, settingsOf } from "../src/index.ts";
import { simulatedRun } from "./simulated-run.ts";

const template = simulatedRun({ problems: 6, poolSize: 8, budgets: [1], rewardModels: ["good"], replicates: 2 });
const someResult = template.results[0]!;
const someQuestion = template.questions.find((row) => row.method === "best-of-n" && row.metric === "accuracy")!;
const someComparison = template.comparisons[0]!;

interface Case {
  readonly results: readonly Partial<ResultRow>[];
  readonly comparisons: readonly Partial<ComparisonRow>[];
  readonly planted?: string;
}

/** A run in which only what a case states differs from a bland row: 64 samples, reward model `good`, 60 problems. */
function runOf({ results, comparisons, planted }: Case): RunResults {
  const models = template.manifest.models.map((model) => ({ ...model, planted: planted ?? null }));
  return {
    ...template,
    questions: [],
    manifest: { ...template.manifest, models },
    results: results.map((row) => ({
      ...someResult,
      reward_model: row.method === "best-of-n" ? "good" : "",
      budget: 64,
      estimate: 0.7,
      ci_low: 0.65,
      ci_high: 0.75,
      problems: 60,
      flag: "",
      ...row,
    })),
    comparisons: comparisons.map((row) => ({
      ...someComparison,
      reward_model: "good",
      budget: 64,
      best: "best-of-n",
      best_parameters: "{}",
      method: "majority-vote",
      parameters: "{}",
      difference: 0.021,
      ci_low: 0.007,
      ci_high: 0.035,
      minimum_detectable_difference: 0.025,
      tied: false,
      problems: 60,
      ...row,
    })),
  };
}

const methods = ["best-of-n", "majority-vote", "weighted-vote"].map((method) => ({ method }));
const only = (c: Case) => {
  const answers = answerInWords(runOf(c));
  expect(answers).toHaveLength(1);
  return answers[0]!;
};

describe("the answer in words", () => {
  it("says who is over whom, by how much, and who is tied", () => {
    const { text, notes, rewardModel } = only({
      results: methods,
      comparisons: [{}, { method: "weighted-vote", difference: 0.004, ci_low: -0.01, ci_high: 0.018, tied: true }],
    });
    expect(text).toBe("At 64 samples with good: best-of-n over majority-vote by 2.1 ± 1.4 points; weighted-vote tied.");
    expect(notes).toEqual([
      "Tied is not equal: with 60 problems a true difference below 2.5 points would be missed more than one time in five.",
    ]);
    expect(rewardModel).toBe("good");
  });

  it("orders the others by distance, whatever the order of the rows", () => {
    const { text, notes } = only({
      results: [...methods, { method: "greedy" }],
      comparisons: [
        { method: "greedy", difference: 0.1, ci_low: 0.05, ci_high: 0.15 },
        { method: "weighted-vote", difference: 0.05, ci_low: 0.04, ci_high: 0.06 },
        {},
      ],
    });
    expect(text).toBe(
      "At 64 samples with good: best-of-n over majority-vote by 2.1 ± 1.4, weighted-vote by 5.0 ± 1.0 and greedy by 10.0 ± 5.0 points.",
    );
    expect(notes).toEqual([]);
  });

  it("claims nothing where nothing can be told apart, and says what could have been seen", () => {
    const tied = { tied: true, difference: 0.01, ci_low: -0.02, ci_high: 0.04 };
    const { text, notes } = only({
      results: methods,
      comparisons: [tied, { ...tied, method: "weighted-vote", minimum_detectable_difference: 0.031 }],
    });
    expect(text).toBe(
      "At 64 samples with good: none of the 2 other methods can be told apart from best-of-n (70.0 %, 95 % interval 65.0–75.0, 60 problems).",
    );
    expect(notes[0]).toContain("below 2.5 to 3.1 points would be missed");
  });

  it("names both where there are only two", () => {
    expect(only({ results: methods.slice(0, 2), comparisons: [{ tied: true }] }).text).toBe(
      "At 64 samples with good: best-of-n and majority-vote cannot be told apart (70.0 %, 95 % interval 65.0–75.0, 60 problems).",
    );
  });

  it("gives a lone method's estimate and says that it stood alone", () => {
    expect(only({ results: methods.slice(0, 1), comparisons: [] }).text).toBe(
      "At 64 samples with good: best-of-n (70.0 %, 95 % interval 65.0–75.0, 60 problems); there was no other method to compare it with.",
    );
  });

  it("ranks no method that abstained on every problem, and says so", () => {
    const results = [...methods, { method: "weighted-vote", parameters: '{"a":1}' }];
    const { text, notes } = only({
      results: results.map((row) => (row.method === "weighted-vote" ? { ...row, estimate: 0, abstained: 1 } : row)),
      comparisons: [{}, { method: "weighted-vote", difference: 0.7, ci_low: 0.65, ci_high: 0.75 }],
    });
    expect(text).toBe("At 64 samples with good: best-of-n over majority-vote by 2.1 ± 1.4 points.");
    expect(notes.join(" ")).toMatch(
      /weighted-vote.* abstained on every problem at 64 samples, which counts as wrong and decides nothing: see docs\/methods\/weighted-vote\.md\.$/,
    );
    const { suite, dataset, split, model, decoding } = someResult;
    const reason = {
      suite,
      dataset,
      split,
      model,
      decoding,
      reward_model: "",
      budget: 64,
      standard_error: 0,
      problems: 60,
    };
    const said = answerInWords({
      ...runOf({
        results: results.map((row) => (row.method === "majority-vote" ? { ...row, abstained: 1 } : row)),
        comparisons: [],
      }),
      diagnostics: [{ ...reason, subject: "majority-vote", name: abstainedFor("no answer can be read"), value: 1 }],
    });
    expect(said[0]!.notes.join(" ")).toContain(
      "majority-vote (no answer can be read) abstained on every problem at 64 samples",
    );
    const alone = { results: [{ method: "best-of-n", estimate: 0, abstained: 1 }], comparisons: [] };
    expect(only(alone).text).toBe("At 64 samples with good: no method decided anything.");
  });

  it("does not take two methods that agree on every problem for a difference that could have been seen", () => {
    const tied = { tied: true, difference: 0.01, ci_low: -0.02, ci_high: 0.04 };
    const alike = { tied: true, method: "weighted-vote", difference: 0, ci_low: 0, ci_high: 0 };
    const { notes } = only({ results: methods, comparisons: [tied, { ...alike, minimum_detectable_difference: 0 }] });
    expect(notes[0]).toContain("a true difference below 2.5 points");
  });

  it("says so where differences are undefined", () => {
    const undefinedRow = { difference: null, ci_low: null, ci_high: null, p_value: null, p_adjusted: null };
    expect(only({ results: methods, comparisons: [undefinedRow] }).text).toMatch(/could not be compared/);
  });

  it("sums up a long tail of worse methods", () => {
    const names = ["a", "b", "c", "d", "e"];
    const { text } = only({
      results: [{ method: "best-of-n" }, ...names.map((method) => ({ method }))],
      comparisons: names.map((method, i) => ({
        method,
        difference: (i + 1) / 100,
        ci_low: i / 100 + 0.005,
        ci_high: (i + 1) / 100 + 0.005,
      })),
    });
    expect(text).toBe(
      "At 64 samples with good: best-of-n over a by 1.0 ± 0.5, b by 2.0 ± 0.5, c by 3.0 ± 0.5 and 2 more by at least 4.0 points.",
    );
  });

  it("names the closest of many tied methods and counts the others", () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    const { text } = only({
      results: [{ method: "best-of-n" }, { method: "majority-vote" }, ...names.map((method) => ({ method }))],
      comparisons: [
        {},
        ...names.map((method, i) => ({ method, tied: true, difference: (6 - i) / 1000, ci_low: -0.01, ci_high: 0.02 })),
      ],
    });
    expect(text).toBe(
      "At 64 samples with good: best-of-n over majority-vote by 2.1 ± 1.4 points; f, e, d and 3 more tied.",
    );
  });

  it("shortens the parameters in a name as long as they still tell the variants apart", () => {
    const named = (variants: readonly object[]) =>
      settingsOf(
        runOf({
          results: variants.map((parameters) => ({ method: "qalign", parameters: JSON.stringify(parameters) })),
          comparisons: [],
        }),
      )[0]!.series.map(({ name }) => name);
    expect(named([{ beta: 1 / 3 }, { beta: 0.5 }])).toEqual(["qalign (beta 0.333)", "qalign (beta 0.5)"]);
    expect(named([{ beta: 0.33333 }, { beta: 0.33334 }])).toEqual(["qalign (beta 0.33333)", "qalign (beta 0.33334)"]);
    expect(
      named([
        { a: 1, b: 1, c: 1, d: 1, e: 1 },
        { a: 2, b: 2, c: 2, d: 2, e: 2 },
      ]),
    ).toEqual(["qalign (a 1, b 1, c 1, 2 more)", "qalign (a 2, b 2, c 2, 2 more)"]);
  });

  it("calls a planted flaw planted", () => {
    const { text, notes } = only({ results: methods, comparisons: [{}], planted: "It likes short-cuts" });
    expect(text).toMatch(/^At 64 samples with good \(planted flaw\): /);
    expect(notes).toEqual(["good carries a flaw that was planted on purpose: It likes short-cuts."]);
  });

  it("reports what a method loses to a larger budget, where the loss is more than noise", () => {
    // Ten problems, each its own cluster; accuracies differ by 0.4 on average with sd s: t = 0.4 / (s / √10).
    const perProblem = (loss: (index: number) => number) =>
      Array.from({ length: 10 }, (_, index) => [
        { budget: 4, problem: `p${index}`, estimate: 0.8 },
        { budget: 64, problem: `p${index}`, estimate: 0.8 - loss(index) },
      ])
        .flat()
        .map((row) => ({ ...someQuestion, ...row, cluster: row.problem }));
    const notes = (loss: (index: number) => number) => {
      const run = runOf({
        results: [
          { method: "best-of-n", budget: 4, estimate: 0.8 },
          { method: "best-of-n", budget: 64, estimate: 0.4 },
          { method: "majority-vote" },
        ],
        comparisons: [{}],
      });
      return answerInWords({ ...run, questions: perProblem(loss) })[0]!.notes;
    };
    // Losses .3 and .5 by turns: sd = .1 √(10/9), error = .1/3, and t(.975, 9) = 2.262 gives a half-width of .0754.
    expect(notes((index) => (index % 2 === 0 ? 0.3 : 0.5))).toEqual([
      "best-of-n over-optimises good: 80.0 % at 4 samples, 40.0 % at 64 samples, a loss of 40.0 ± 7.5 points.",
    ]);
    // Losses −.5 and 1.3 by turns: error = .9/3, t = 1.33, p = .21.
    expect(notes((index) => (index % 2 === 0 ? -0.5 : 1.3))).toEqual([]);
  });

  it("warns of a pool that is too small for the budget", () => {
    const results = methods.map((row) => ({ ...row, flag: "pool-below-4x" }));
    expect(only({ results, comparisons: [{}] }).notes[0]).toMatch(/smaller than four times 64 samples/);
  });

  it("tells variants of a method apart by what differs between them", () => {
    const variants = ["sum", "softmax"].map((convention) => JSON.stringify({ convention, floor: 0 }));
    const { text } = only({
      results: [{ method: "best-of-n" }, ...variants.map((parameters) => ({ method: "weighted-vote", parameters }))],
      comparisons: variants.map((parameters) => ({ method: "weighted-vote", parameters })),
    });
    expect(text).toContain("over weighted-vote (sum) by 2.1 ± 1.4 and weighted-vote (softmax) by 2.1 ± 1.4 points");
  });

  it("answers once for every reward model of every dataset", () => {
    const run = simulatedRun({ problems: 9, poolSize: 16, budgets: [1, 4], replicates: 3 });
    const elsewhere = <Row extends { dataset: string }>(rows: readonly Row[]) => [
      ...rows,
      ...rows.map((row) => ({ ...row, dataset: "other" })),
    ];
    const answers = answerInWords({
      ...run,
      results: elsewhere(run.results),
      comparisons: elsewhere(run.comparisons),
    });
    expect(answers.map((answer) => [JSON.parse(answer.setting)[0] as string, answer.rewardModel])).toEqual(
      ["arith", "other"].flatMap((dataset) =>
        ["arith-good", "arith-small", "arith-blind"].map((rewardModel) => [dataset, rewardModel]),
      ),
    );
    expect(answers.every((answer) => answer.text.startsWith("At 4 samples with arith-"))).toBe(true);
  });
});

describe("the table of methods and budgets", () => {
  const run = simulatedRun({ problems: 30, poolSize: 64, budgets: [1, 4, 16], replicates: 10 });
  const tables = budgetTables(run);

  it("is one a reward model, with the methods that need none in each, and reference lines last", () => {
    expect(tables.map((table) => table.group.rewardModel)).toEqual(["arith-good", "arith-small", "arith-blind"]);
    for (const { rows, group } of tables) {
      expect(rows.map((row) => row.label)).toEqual([
        "single-sample",
        "majority-vote",
        "best-of-n",
        "weighted-vote (sum)",
        "weighted-vote (softmax)",
        "oracle",
        "random-choice",
      ]);
      expect(new Set(rows.map((row) => row.rewardModel))).toEqual(new Set(["", group.rewardModel]));
      expect(rows.filter((row) => row.planted !== null).length).toBe(group.rewardModel === "arith-blind" ? 3 : 0);
    }
  });

  it("marks one best method a budget, the highest, and as tied exactly those that its comparisons call tied", () => {
    for (const { rows, group, budgets } of tables) {
      budgets.forEach((budget, column) => {
        const methodRows = rows.filter((row) => row.kind === "method");
        const best = methodRows.filter((row) => row.cells[column]!.mark === "best");
        expect(best).toHaveLength(1);
        expect(best[0]!.cells[column]!.estimate).toBe(Math.max(...methodRows.map((r) => r.cells[column]!.estimate)));
        expect(rows.filter((row) => row.cells[column]!.mark === "tied").length).toBe(
          group.comparisons.filter((row) => row.budget === budget && row.tied).length,
        );
        expect(rows.filter((row) => row.kind === "reference").every((row) => row.cells[column]!.mark === "")).toBe(
          true,
        );
      });
    }
  });

  it("takes a method with a decoding of its own into the setting it was compared in", () => {
    const results = run.results.map((row) => (row.method === "single-sample" ? { ...row, decoding: "t=0" } : row));
    const greedy = budgetTables({ ...run, results });
    expect(greedy).toHaveLength(3);
    expect(greedy[0]!.rows.some((row) => row.label === "single-sample" && row.cells[0] !== null)).toBe(true);
  });
});

describe("a setting narrowed to one reward model", () => {
  const run = simulatedRun({ problems: 9, poolSize: 16, budgets: [1, 4], replicates: 3 });
  const [setting] = settingsOf(run);

  it("keeps that group, the methods that need none, and the reference lines", () => {
    const narrow = narrowed(setting!, "arith-small");
    expect(narrow.groups.map(({ rewardModel }) => rewardModel)).toEqual(["arith-small"]);
    expect(new Set(narrow.series.map(({ rewardModel }) => rewardModel))).toEqual(new Set(["", "arith-small"]));
    expect(narrow.series.some(({ kind }) => kind === "reference")).toBe(true);
    expect(narrowed(setting!, "nobody")).toBe(setting);
  });

  it("still knows the flaws of the others, for a method that reads several reward models", () => {
    const narrow = narrowed(setting!, "arith-small");
    expect(plantedIn(narrow, "arith-good+arith-blind")).toBe(plantedIn(setting!, "arith-blind"));
    expect(plantedIn(narrow, "arith-blind")).toMatch(/working/);
    expect(plantedIn(narrow, "arith-good")).toBeNull();
  });
});
