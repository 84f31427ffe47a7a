import type { RunResults } from "@touchstone/core";
import {
  answerInWords,
  budgetTables,
  budgetText,
  percent,
  FEW,
  methodLabels,
  percentInterval,
  type BudgetCell,
  type BudgetTable,
} from "@touchstone/report";
import CliTable from "cli-table3";

const MARKS = { best: " *", tied: " =", "": "  " } as const;

/** Columns of a terminal that a table may fill. */
const COLUMNS = 100;
/** Of those, what a name gets at least; where budgets are few, all that they leave. */
const NAME = 34;

/**
 * A run as text for a terminal: one table a reward model, then the answer in words. With more methods than a few, a method
 * is one line, its interval stands at the largest budget alone, and reference lines stand in the first table of a setting.
 */
export function runText(run: RunResults): string {
  const all = budgetTables(run);
  const many = all.some(({ setting }) => methodLabels(setting).length > FEW);
  const tables = all.map((table) => tableText(table, many));
  const answers = answerInWords(run).flatMap(({ text, notes }) => [text, ...notes.map((note) => `  ${note}`)]);
  return [
    ...tables,
    `Accuracy in %, 95 % intervals ${many ? "at the largest budget" : "below"}; * best at its budget, = tied with the best (Holm-adjusted p at least .05).`,
    ...(many ? ["Every interval is in results.csv and on the page."] : []),
    "",
    ...answers,
  ].join("\n");
}

function tableText({ setting, group, budgets, rows }: BudgetTable, many: boolean): string {
  const shown = budgets.slice(-Math.floor((COLUMNS - NAME - (many ? INTERVAL : 0)) / (many ? CELL : INTERVAL)));
  const skipped = budgets.length - shown.length;
  const left = COLUMNS - shown.length * (many ? CELL : INTERVAL) - (many ? INTERVAL : 0);
  const table = new CliTable({
    head: ["", ...shown.map(String), ...(many ? [""] : [])],
    colAligns: ["left", ...shown.map(() => "right" as const), ...(many ? ["right" as const] : [])],
    style: { head: [], border: [], "padding-left": 0, "padding-right": 1 },
    chars: NO_LINES,
  });
  const first = setting.groups[0] === group;
  for (const { label, kind, cells } of rows) {
    if (many && kind === "reference" && !first) continue;
    const own = cells.slice(skipped);
    const interval = ({ low, high }: BudgetCell) => (low === null || high === null ? "" : percentInterval(low, high));
    table.push([
      shortened(kind === "reference" ? `(${label})` : label, Math.max(NAME, left)),
      ...own.map((cell) => {
        if (cell === null) return "–  ";
        const below = many || interval(cell) === "" ? "" : `\n${interval(cell)}  `;
        return `${percent(cell.estimate)}${MARKS[cell.mark]}${below}`;
      }),
      ...(many ? [own.at(-1) ? interval(own.at(-1)!) : ""] : []),
    ]);
  }
  const { dataset, split, model, decoding, problems, unit } = setting;
  const rewards = group.rewardModel === "" ? "" : `, rewards of ${group.rewardModel}`;
  const planted = group.planted === null ? "" : `\nplanted flaw of ${group.rewardModel}: ${group.planted}`;
  const title = `${model} on ${problems} problems of ${dataset}/${split}, ${decoding}${rewards}${planted}`;
  const rest = skipped === 0 ? "" : `; the ${skipped} smallest are in results.csv`;
  return `${title}\nbudget in ${budgetText(2, unit).replace(/^.* /, "")}${rest}\n${table.toString()}\n`;
}

/** Characters of a column: an estimate with its mark, and an interval. */
const CELL = 8;
const INTERVAL = 13;

function shortened(name: string, room: number): string {
  return name.length > room - 1 ? `${name.slice(0, room - 2)}…` : name;
}

const NO_LINES = Object.fromEntries(
  [
    ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
  ]
    .flat()
    .map((name) => [name, ""]),
);
