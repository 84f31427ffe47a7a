import { createHash } from "node:crypto";
import { canonicalJson } from "@touchstone/core";
import { holm } from "@touchstone/stats";
import type { Claim } from "./claim.ts";
import type { Decision } from "./decision.ts";

/** What came out of one claim in one place (a world and a reward model). */
export interface Verdict {
  readonly claim: Claim;
  /** `arith arith-good`; empty for a claim that is not run here. */
  readonly place: string;
  /** The deliberate flaw of the reward model, or null. */
  readonly planted: string | null;
  readonly outcome: Decision["outcome"] | "descriptive" | "not run here";
  /** Why it was not run, or what limits the verdict; otherwise empty. */
  readonly reason: string;
  /** The row of the verdict, and the other one where there is one; a claim of several parts has one each. */
  readonly rows: readonly VerdictRow[];
  /** One-sided; NaN where there is none. */
  readonly p: number;
  readonly smallerThanDelta: boolean;
  readonly needed: number | null;
}

/** One effect: of the part `part` with the parameters of `row`. */
export interface VerdictRow {
  readonly row: "validation" | "comparison";
  readonly part: number;
  /** `best-of-n, 64`: what was compared, as chosen. */
  readonly left: string;
  readonly right: string;
  readonly leftMean: number;
  readonly rightMean: number;
  readonly estimate: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly unit: "problems" | "batches" | "seeds";
}

export type AdjustedVerdict = Verdict & {
  /** Holm over all verdicts of the paper; NaN where there is no p-value. */
  readonly adjusted: number;
};

/** One-sided p-values, adjusted by Holm over all verdicts of a paper. Order is kept. */
export function withHolm(verdicts: readonly Verdict[]): readonly AdjustedVerdict[] {
  const adjusted = new Map<Verdict, number>();
  for (const group of Map.groupBy(verdicts, ({ claim }) => claim.paper).values()) {
    const values = holm(group.map(({ p }) => p));
    for (const [i, verdict] of group.entries()) adjusted.set(verdict, values[i]!);
  }
  return verdicts.map((verdict) => ({ ...verdict, adjusted: adjusted.get(verdict)! }));
}

/** sha256 of the claims as data, sorted by id: a verdict says by which table it was reached. */
export function tableHash(claims: readonly Claim[]): string {
  const sorted = claims.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return createHash("sha256").update(canonicalJson(sorted)).digest("hex");
}
