import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";

/** results.csv and the other tables of a run, as text without the columns that hold times. */
export function comparable(folder: string): Record<string, string> {
  const files = ["results.csv", "questions.csv", "comparisons.csv", "diagnostics.csv"];
  return Object.fromEntries(files.map((file) => [file, withoutTimes(readFileSync(join(folder, file), "utf8"))]));
}

function withoutTimes(csv: string): string {
  const [head, ...rows] = parse(csv) as string[][];
  const kept = head!.flatMap((column, i) => (column === "wall_seconds" ? [] : [i]));
  return [head!, ...rows].map((row) => kept.map((i) => JSON.stringify(row[i])).join()).join("\n");
}
