import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { TouchstoneError } from "@touchstone/core";
import { suggestion } from "@touchstone/evaluation";
import type { Claim } from "@touchstone/evaluation/claims";
import { PLACES } from "../places.ts";

/** Every claim that comes with Touchstone, by id. */
export async function allClaims(): Promise<readonly Claim[]> {
  const files = (await readdir(PLACES.claims)).filter((file) => /^[a-z]+-\d+\.ts$/.test(file));
  const claims = await Promise.all(
    files.map(async (file) => {
      const module = (await import(pathToFileURL(join(PLACES.claims, file)).href)) as { readonly default: Claim };
      return module.default;
    }),
  );
  return claims.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** The claims of these ids, all of them where none is given. Throws `unknown-claim`. */
export function chosenClaims(ids: readonly string[], claims: readonly Claim[]): readonly Claim[] {
  const known = claims.map(({ id }) => id);
  for (const id of ids) {
    if (known.includes(id)) continue;
    throw new TouchstoneError({
      code: "unknown-claim",
      family: "usage",
      what: "There is no such claim.",
      value: id,
      fix: suggestion(id, known, "claim"),
    });
  }
  return ids.length === 0 ? claims : claims.filter(({ id }) => ids.includes(id));
}
