import { simulatedRun } from "@touchstone/report/simulated-run";
import { answerInWords, budgetTables, percent } from "@touchstone/report";
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
    expect(text).toContain(`rewards of ${group.rewardModel} (planted flaw: ${group.planted})`);
});

test("the answer in words closes the table", () => {
  for (const { text: sentence } of answerInWords(run)) expect(text).toContain(sentence);
});

test("lines fit a terminal of 120 columns at seven budgets", () => {
  const [first] = runText(simulatedRun({ problems: 24 })).split("\nAccuracy in %", 1);
  const rows = first!.split("\n").filter((line) => /^\S.*\d+\.\d/.test(line) && !line.includes(" problems of "));
  expect(rows.length).toBeGreaterThan(0);
  expect(Math.max(...rows.map((line) => line.length))).toBeLessThanOrEqual(120);
});
