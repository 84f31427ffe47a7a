import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Ids of all claims: the names of their files. */
export function claimIds(): readonly string[] {
  return readdirSync(join(import.meta.dirname, ".."))
    .filter((file) => /^[a-z]+-\d+\.ts$/.test(file))
    .map((file) => file.slice(0, -".ts".length));
}
