import type { RunResults } from "@touchstone/core";
import {
  answerInWords,
  budgetTables,
  budgetText,
  percent,
  percentInterval,
  type BudgetTable,
} from "@touchstone/report";
import CliTable from "cli-table3";

const MARKS = { best: " *", tied: " =", "": "  " } as const;

/** A run as text for a terminal: one table a reward model, then the answer in words. */
export function runText(run: RunResults): string {
  const tables = budgetTables(run).map(tableText);
  const answers = answerInWords(run).flatMap(({ text, notes }) => [text, ...notes.map((note) => `  ${note}`)]);
  return [
    ...tables,
    "Accuracy in %, 95 % intervals below; * best at its budget, = tied with the best (Holm-adjusted p at least .05).",
    "",
    ...answers,
  ].join("\n");
}

function tableText({ setting, group, budgets, rows }: BudgetTable): string {
  const table = new CliTable({
    head: ["", ...budgets.map(String)],
    colAligns: ["left", ...budgets.map(() => "right" as const)],
    style: { head: [], border: [], "padding-left": 0, "padding-right": 1 },
    chars: NO_LINES,
  });
  for (const { label, kind, cells } of rows) {
    const name = kind === "reference" ? `(${label})` : label;
    table.push([
      name,
      ...cells.map((cell) => {
        if (cell === null) return "–  ";
        const { estimate, low, high, mark } = cell;
        const interval = low === null || high === null ? "" : `\n${percentInterval(low, high)}  `;
        return `${percent(estimate)}${MARKS[mark]}${interval}`;
      }),
    ]);
  }
  const { dataset, split, model, decoding, problems, unit } = setting;
  const rewards = group.rewardModel === "" ? "" : `, rewards of ${group.rewardModel}`;
  const planted = group.planted === null ? "" : ` (planted flaw: ${group.planted})`;
  const title = `${model} on ${problems} problems of ${dataset}/${split}, ${decoding}${rewards}${planted}`;
  return `${title}\nbudget in ${budgetText(2, unit).replace(/^.* /, "")}\n${table.toString()}\n`;
}

const NO_LINES = Object.fromEntries(
  [
    ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
  ]
    .flat()
    .map((name) => [name, ""]),
);
