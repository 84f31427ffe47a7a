import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Parity } from "@touchstone/evaluation/parity";
import { toCsv, writeAtomically } from "@touchstone/report";
import { z } from "zod";

const number = z.number().nullable();
const measureRow = z.object({
  measure: z.string(),
  statistic: z.string(),
  unit: z.string(),
  value: number,
  low: number,
  high: number,
  n: number,
});
const positionRow = z.object({
  from: z.number(),
  to: z.number(),
  tokens: z.number(),
  mean: number,
  mean_absolute: number,
  p99_absolute: number,
  maximum_absolute: number,
});
const decisionRow = z.object({
  method: z.string(),
  parameters: z.string(),
  reward_model: z.string(),
  n: z.number(),
  flips: number,
  low: number,
  high: number,
  grade_difference: number,
  grade_low: number,
  grade_high: number,
  problems: z.number(),
  decisions: z.number(),
});
const sequenceRow = z.object({ problem: z.string(), sample: z.number(), tokens: z.number(), a: number, b: number });

/** The four tables of a comparison as text, by file name. */
function parityCsv({ measures, positions, decisions, sequences }: Parity): ReadonlyMap<string, string> {
  return new Map([
    ["measures.csv", toCsv("measures.csv", measureRow, measures.map(rowOf))],
    ["positions.csv", toCsv("positions.csv", positionRow, positions.map(rowOf))],
    ["decisions.csv", toCsv("decisions.csv", decisionRow, decisions.map(rowOf))],
    ["responses.csv", toCsv("responses.csv", sequenceRow, sequences.map(rowOf))],
  ] as const);
}

/** Writes the tables and what was compared into a folder; returns their paths. */
export async function writeParity(folder: string, parity: Parity): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const files = new Map(parityCsv(parity)).set("parity.json", `${JSON.stringify(summaryOf(parity), null, 2)}\n`);
  const paths: string[] = [];
  for (const [name, text] of files) {
    await writeAtomically(join(folder, name), text);
    paths.push(join(folder, name));
  }
  return paths;
}

/** All but the responses, which are many: what `--json` prints. NaN becomes null. */
export function summaryOf({ sequences: _sequences, ...rest }: Parity): Omit<Parity, "sequences"> {
  return rest;
}

/** A row as the tables spell it: columns in lower case with underscores, NaN as an empty cell. */
function rowOf(row: object): Record<string, string | number | null> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      Number.isNaN(value) ? null : (value as string | number),
    ]),
  );
}
