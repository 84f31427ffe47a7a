import { createContext } from "preact";
import type { Highlights } from "../page/palette.ts";

/** The policy that training starts from, as a row. */
export const BASE = "base";

const SYMBOLS = ["circle", "square", "triangle", "diamond", "star", "hexagon", "cross", "wye"] as const;

/** How a row is drawn: the same in every figure. Shapes and names at the ends of lines tell apart what colours do not. */
export interface Look {
  readonly color: string;
  /** The colour for words: nearer to that of text. */
  readonly ink: string;
  readonly symbol: (typeof SYMBOLS)[number];
  readonly dash: string;
  /** Drawn in the background, without colour and name. */
  readonly quiet: boolean;
}

/** Highlighted rows have a colour and a shape by their place; the base policy is grey and dashed, the rest light grey. */
export function lookOf(row: string, highlights: Highlights): Look {
  if (row === BASE) return { color: "var(--soft)", ink: "var(--soft)", symbol: "circle", dash: "5 4", quiet: false };
  const place = highlights.indexOf(row);
  if (place === -1) return { color: "var(--quiet)", ink: "var(--soft)", symbol: "circle", dash: "none", quiet: true };
  const color = `var(--series-${place % SYMBOLS.length})`;
  return {
    color,
    ink: `color-mix(in srgb, ${color} 62%, var(--ink))`,
    symbol: SYMBOLS[(place + Math.floor(place / SYMBOLS.length)) % SYMBOLS.length]!,
    dash: "none",
    quiet: false,
  };
}

interface Highlighting {
  readonly highlights: Highlights;
  readonly toggle: (row: string) => void;
}

/** The rows that are highlighted in every figure of the page. */
export const Highlighting = createContext<Highlighting>({ highlights: [], toggle: () => undefined });
