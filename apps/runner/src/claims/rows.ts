import type { AdjustedVerdict, VerdictRow } from "@touchstone/evaluation/claims";
import type { ClaimRow } from "@touchstone/report";

/** Verdicts as the rows of claims.csv: the rows that decide first, then those printed beside them. */
export function claimRows(verdicts: readonly AdjustedVerdict[], tableSha256: string): ClaimRow[] {
  return verdicts.flatMap((verdict) => {
    const { rows } = verdict;
    if (rows.length === 0) return [rowOf(verdict, undefined, true, tableSha256)];
    const tuned = rows.some(({ row }) => row === "validation");
    // A part without anything to tune has one row, which decides.
    const decides = ({ row, part }: VerdictRow): boolean =>
      row === verdict.claim.verdictOf || !tuned || rows.filter((other) => other.part === part).length === 1;
    return rows
      .toSorted((a, b) => Number(decides(b)) - Number(decides(a)))
      .map((row) => rowOf(verdict, row, decides(row), tableSha256));
  });
}

function rowOf(
  { claim, place, planted, outcome, reason, smallerThanDelta, p, adjusted, needed }: AdjustedVerdict,
  row: VerdictRow | undefined,
  decides: boolean,
  tableSha256: string,
): ClaimRow {
  return {
    claim: claim.id,
    paper: claim.paper,
    ours: claim.ours === true,
    sentence: claim.sentence,
    comparison: claim.comparison,
    metric: claim.metric,
    delta: claim.delta,
    level: claim.level === true,
    place,
    planted: planted ?? "",
    verdict: outcome,
    reason,
    smaller_than_delta: smallerThanDelta,
    p_value: number(p),
    p_adjusted: number(adjusted),
    needed,
    row: row?.row ?? "",
    decides,
    part: row ? row.part + 1 : 1,
    left: row?.left ?? "",
    right: row?.right ?? "",
    left_mean: number(row?.leftMean),
    right_mean: number(row?.rightMean),
    effect: number(row?.estimate),
    standard_error: number(row?.standardError),
    ci_low: number(row?.low),
    ci_high: number(row?.high),
    n: row?.n ?? null,
    unit: row?.unit ?? "",
    table_sha256: tableSha256,
  };
}

/** Undefined is an empty cell. */
function number(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
