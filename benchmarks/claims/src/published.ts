import { claimsMarkdown, type ClaimRow } from "@touchstone/report";

const [BEGIN, END] = [
  "<!-- verdicts: written by `npm run publish -w @touchstone/claims` -->",
  "<!-- end of verdicts -->",
];

/** Rows of several runs as one table, in the order of their ids: a later run of a claim takes the place of an earlier one. */
export function merged(runs: readonly (readonly ClaimRow[])[]): readonly ClaimRow[] {
  const byClaim = new Map(runs.flatMap((rows) => [...Map.groupBy(rows, (row) => row.claim)]));
  return [...byClaim].toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true })).flatMap(([, rows]) => rows);
}

/** The verdicts of a page, with what was not run yet. */
export function verdictsPart(rows: readonly ClaimRow[], ids: readonly string[]): string {
  const run = new Set(rows.map((row) => row.claim));
  const open = ids.filter((id) => !run.has(id)).toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return [
    ...(open.length === 0 ? [] : [`Not run yet: ${open.map((id) => `\`${id}\``).join(", ")}.`, ""]),
    claimsMarkdown(rows).trimEnd(),
  ].join("\n");
}

/** A page with this part between its marks. Throws where it has none. */
export function withVerdicts(page: string, part: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return `${before}${BEGIN}\n\n${part}\n\n${END}${after}`;
}
