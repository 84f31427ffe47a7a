import { crowdedRun } from "@touchstone/report/simulated-crowd";
import { simulatedRun } from "@touchstone/report/simulated-run";
import { answerInWords, budgetTables, percent, percentInterval } from "@touchstone/report";
import { expect, test } from "vitest";
import { runText } from "../src/table.ts";

const run = simulatedRun({ budgets: [1, 4, 16], problems: 24 });
const text = runText(run);

test("every method stands at every budget, with its interval below and the marks of the comparison", () => {
  const tables = budgetTables(run);
  expect(tables.length).toBeGreaterThan(1);
  for (const { rows } of tables) {
    for (const { label, cells } of rows) {
      for (const cell of cells) {
        if (cell === null) continue;
        const mark = { best: " *", tied: " =", "": "  " }[cell.mark];
        expect(text).toContain(`${percent(cell.estimate)}${mark}`);
      }
      expect(text).toContain(label);
    }
  }
  expect(text).toMatch(/\d \*/);
});

test("a planted flaw is said in the title of its table", () => {
  const planted = budgetTables(run).filter(({ group }) => group.planted !== null);
  expect(planted.length).toBeGreaterThan(0);
  for (const { group } of planted)
    expect(text).toContain(`rewards of ${group.rewardModel}\nplanted flaw of ${group.rewardModel}: ${group.planted}`);
});

test("the answer in words closes the table", () => {
  for (const { text: sentence } of answerInWords(run)) expect(text).toContain(sentence);
});

const tableLines = (printed: string) =>
  printed
    .split("\nAccuracy in %", 1)[0]!
    .split("\n")
    .filter((line) => /^\S.*\d+\.\d/.test(line) && !line.includes(" problems of "));

test("lines fit a terminal of 120 columns at seven budgets", () => {
  const rows = tableLines(runText(simulatedRun({ problems: 24 })));
  expect(rows.length).toBeGreaterThan(0);
  expect(Math.max(...rows.map((line) => line.length))).toBeLessThanOrEqual(120);
});

test("long names stand in full where budgets are few", () => {
  const few = simulatedRun({ budgets: [4], problems: 6 });
  const rowsOf = (parameters: Readonly<Record<string, string>>) =>
    few.results
      .filter(({ method }) => method === "majority-vote")
      .map((row) => ({ ...row, method: "adaptive-best-of-n", parameters: JSON.stringify(parameters) }));
  const results = [
    ...few.results,
    ...rowsOf({ allocation: "greedy", density: "kernel", estimator: "exact" }),
    ...rowsOf({ allocation: "sd-proportional", density: "empirical", estimator: "monte-carlo" }),
  ];
  const printed = runText({ ...few, results });
  const labels = budgetTables({ ...few, results }).flatMap(({ rows }) =>
    rows.map(({ label }) => label).filter((label) => label.startsWith("adaptive-best-of-n")),
  );
  expect(new Set(labels).size).toBe(2);
  expect(Math.max(...labels.map(({ length }) => length))).toBeGreaterThan(40);
  for (const label of labels) expect(printed).toContain(`${label} `);
});

test("many methods are a line each, in 100 columns, with an interval at the largest budget", () => {
  const crowd = crowdedRun(simulatedRun({ problems: 24 }));
  const printed = runText(crowd);
  const [first] = budgetTables(crowd);
  const rows = tableLines(printed);
  const listed = budgetTables(crowd).flatMap((table, i) =>
    table.rows.filter(({ kind }) => i === 0 || kind === "method"),
  );
  expect(rows).toHaveLength(listed.length);
  expect(Math.max(...rows.map((line) => line.trimEnd().length))).toBeLessThanOrEqual(100);
  const last = first!.rows[0]!.cells.at(-1)!;
  expect(rows[0]).toContain(percentInterval(last.low!, last.high!));
  expect(Math.max(...printed.split("\n").map((line) => line.length))).toBeLessThan(300);
});
