import type { ResultRow } from "@touchstone/core";

const MINUS = "\u2212";

/** `0.7123` → `71.2`: a share in per cent, one decimal. */
export function percent(share: number): string {
  return fixed(100 * share, 1);
}

/** A number with a fixed number of decimals, a true minus sign, and no negative zero. */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** `0.698, 0.726` → `69.8–72.6`: the interval of a share, cut to what a share can be. */
export function percentInterval(low: number, high: number): string {
  return `${percent(Math.max(0, low))}–${percent(Math.min(1, high))}`;
}

/**
 * A difference of shares in points with its interval: `2.1 ± 1.4`, or `2.1 (0.9 to 4.0)` where the interval is not
 * symmetric to the decimal shown.
 */
export function points(difference: number, low: number, high: number): string {
  const half = (high - low) / 2;
  const symmetric = Math.abs(difference - (low + high) / 2) < 0.0005;
  return symmetric
    ? `${percent(difference)} ± ${percent(half)}`
    : `${percent(difference)} (${percent(low)} to ${percent(high)})`;
}

/** `0.0004` → `<0.001`. */
export function pValue(p: number): string {
  return p < 0.001 ? "<0.001" : p > 0.999 ? ">0.999" : p.toFixed(3);
}

const PREFIXES = ["", "k", "M", "G", "T", "P", "E"] as const;

/** `12345` → `12.3 k`; below 1,000 with at most three significant digits. */
export function compact(value: number): string {
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  const power = Math.min(Math.max(Math.floor(Math.log10(magnitude) / 3), 0), PREFIXES.length - 1);
  const scaled = magnitude / 1000 ** power;
  const text = scaled >= 999.5 ? Math.round(scaled).toString() : String(Number(scaled.toPrecision(3)));
  return `${value < 0 ? MINUS : ""}${text}${power > 0 ? ` ${PREFIXES[power]}` : ""}`;
}

/** `12345` → `12,345`. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** `64, samples` → `64 samples`. */
export function budgetText(amount: number, unit: ResultRow["budget_unit"]): string {
  if (unit === "flops") return `${compact(amount)}FLOPs`.replace(/(\d)F/, "$1 F");
  return `${whole(amount)} ${amount === 1 ? unit.slice(0, -1) : unit}`;
}

/** `["a", "b", "c"]` → `a, b and c`. */
export function list(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)!}`;
}
