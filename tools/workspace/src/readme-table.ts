import type { RunResults } from "@touchstone/core";
import { answerInWords, budgetTables, percent, percentInterval } from "@touchstone/report";

/** Budgets that fit into the README's width; the page shows all. */
export const README_BUDGETS = [1, 4, 16, 64];

const MARKS = { best: " **best**", tied: " tied", "": "" } as const;

/** The README's part about a published run: the answer in words, and gold accuracy by method and budget with intervals. */
export function readmePart(run: RunResults, folder: string, budgets: readonly number[]): string {
  const { manifest } = run;
  const data = manifest.datasets[0]!;
  const answers = answerInWords(run).map(({ text, notes }) => `- ${[text, ...notes].join(" ")}`);
  const [table, ...others] = budgetTables(run);
  if (table === undefined) throw new Error(`The run of ${folder} has no results to show.`);
  const shown = budgets.filter((budget) => table.budgets.includes(budget));
  const header = `| with ${named(table.group)} | ${shown.map((n) => `N = ${n}`).join(" | ")} |`;
  const rows = table.rows.map(({ label, kind, cells }) => {
    const values = shown.map((budget) => {
      const cell = cells[table.budgets.indexOf(budget)];
      if (!cell) return "";
      // An accuracy has bounds that Student's t does not know of; the CSV keeps the interval as computed.
      const [low, high] = [Math.max(0, cell.low ?? 0), Math.min(1, cell.high ?? 1)];
      return `${percent(cell.estimate)} (${percentInterval(low, high)})${MARKS[cell.mark]}`;
    });
    return `| ${kind === "reference" ? `*${label}* (reference line)` : label} | ${values.join(" | ")} |`;
  });
  return [
    `![The page of this run](docs/images/report.png)`,
    `From [${folder}](${folder}): ${data.problems} problems of ${data.name} (${data.split}) from ${data.clusters} templates, ` +
      `drawn and decided on ${manifest.started.slice(0, 10)} (${manifest.machine.cpu.trim()}, ${manifest.machine.cores} cores).`,
    answers.join("\n"),
    `Accuracy in per cent, 95 % interval clustered by template; *tied*: not told apart from the best (paired, Holm-adjusted).`,
    [header, `| --- |${" --- |".repeat(shown.length)}`, ...rows].join("\n"),
    `The tables with ${others.map(({ group }) => named(group)).join(" and ")} are on the page: download ` +
      `[report.html](${folder}/report.html) and open it; it needs no network.`,
  ].join("\n\n");
}

function named({ rewardModel, planted }: { rewardModel: string; planted: string | null }): string {
  return planted === null ? rewardModel : `${rewardModel} (planted flaw)`;
}

/** The text between the README's markers replaced. */
export function withPart(readme: string, part: string): string {
  const pattern = /(<!-- quick: .*? -->\n)[\s\S]*?(<!-- \/quick -->)/;
  if (!pattern.test(readme)) throw new Error("README.md has lost its markers <!-- quick: … --> and <!-- /quick -->");
  return readme.replace(pattern, (_, open: string, close: string) => `${open}\n${part}\n\n${close}`);
}
