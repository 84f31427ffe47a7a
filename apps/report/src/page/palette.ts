import type { Series } from "@touchstone/report/view";

/** How a series is drawn: the same in every figure and panel. Shapes tell series apart where colours do not. */
export interface Look {
  readonly color: string;
  readonly symbol: (typeof SYMBOLS)[number];
  readonly dash: string | null;
}

const SYMBOLS = ["circle", "square", "triangle", "diamond", "star", "hexagon", "cross", "wye"] as const;
/** Colours of style.css, `--series-0` and so on. */
const COLORS = 8;

export type Palette = (series: Series) => Look;

/** Methods get a colour and a shape by their order in the run, whatever the reward model; reference lines are grey. */
export function paletteOf(series: readonly Series[]): Palette {
  const labels = [...new Set(series.filter((s) => s.kind === "method").map((s) => s.label))];
  const references = [...new Set(series.filter((s) => s.kind === "reference").map((s) => s.label))];
  const dashes = ["5 4", "1.5 4", "9 3 2 3"];
  return ({ label, kind }) => {
    if (kind === "reference") {
      return { color: "var(--soft)", symbol: "circle", dash: dashes[references.indexOf(label) % dashes.length]! };
    }
    const index = labels.indexOf(label);
    return { color: `var(--series-${index % COLORS})`, symbol: SYMBOLS[index % SYMBOLS.length]!, dash: null };
  };
}
