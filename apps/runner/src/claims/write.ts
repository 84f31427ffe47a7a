import { join } from "node:path";
import type { AllocationRow } from "@touchstone/core";
import { allocationCsv, claimsCsv, claimsMarkdown, writeAtomically, type ClaimRow } from "@touchstone/report";
import { machineOf, touchstoneOf } from "../machine.ts";

/** The result of a run of claims, as far as it has come. */
export interface ClaimsResult {
  readonly rows: readonly ClaimRow[];
  readonly allocation: readonly AllocationRow[];
  readonly argv: readonly string[];
  readonly quick: boolean;
}

/** Writes claims.csv, claims.md and, where allocation was studied, allocation.csv. Throws `unwritable-folder` or `disk-full`. */
export async function writeClaims(
  folder: string,
  { rows, allocation, argv, quick }: ClaimsResult,
): Promise<{ readonly csv: string; readonly page: string; readonly allocation?: string }> {
  const [csv, page, studies] = [join(folder, "claims.csv"), join(folder, "claims.md"), join(folder, "allocation.csv")];
  const [touchstone, machine] = [await touchstoneOf(), machineOf("", "")];
  const made = [
    `\`./touchstone ${argv.join(" ")}\`, ${new Date().toISOString().slice(0, 10)}, commit ${touchstone.commit ?? "unknown"}` +
      `${touchstone.dirty ? " with uncommitted changes" : ""}, ${machine.cpu}, ${machine.cores} cores. Table of claims: sha256 ${rows[0]?.table_sha256}.`,
    ...(quick ? ["A quick run on few problems: effects are shown, nothing is decided."] : []),
  ];
  await writeAtomically(csv, claimsCsv(rows));
  await writeAtomically(page, ["# Claims", "", ...made.flatMap((line) => [line, ""]), claimsMarkdown(rows)].join("\n"));
  if (allocation.length === 0) return { csv, page };
  await writeAtomically(studies, allocationCsv(allocation));
  return { csv, page, allocation: studies };
}
