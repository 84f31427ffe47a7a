import { FEW, GOLD, curve, methodLabels } from "@touchstone/report/view";
import type { Series, Setting } from "@touchstone/report/view";

/** How a series is drawn: the same in every figure and panel. Shapes tell series apart where colours do not. */
export interface Look {
  readonly color: string;
  readonly symbol: (typeof SYMBOLS)[number];
  readonly dash: string | null;
  /** Drawn in the background, without colour and interval. */
  readonly quiet: boolean;
}

const SYMBOLS = ["circle", "square", "triangle", "diamond", "star", "hexagon", "cross", "wye"] as const;
/** Colours of style.css, `--series-0` and so on. */
const COLORS = 8;

export type Palette = (series: Series) => Look;

/** The labels that have a colour, by place: a method keeps its place, and so its colour, while it is highlighted. */
export type Highlights = readonly (string | null)[];

/**
 * What is highlighted at first: every method where they are few; otherwise the best of each reward model at the largest
 * budget, and the two that everything is compared with.
 */
export function firstHighlights(setting: Setting): Highlights {
  const labels = methodLabels(setting);
  if (labels.length <= FEW) return labels;
  const best = setting.groups.flatMap(({ series, budgets }) => {
    const levels = series
      .filter(({ kind }) => kind === "method")
      .map((one) => ({
        label: one.label,
        estimate: curve(one, GOLD).findLast(({ budget }) => budget === budgets.at(-1))?.estimate ?? -1,
      }));
    return levels.toSorted((a, b) => b.estimate - a.estimate).slice(0, 1);
  });
  const wanted = new Set([...best.map(({ label }) => label), "majority-vote", "best-of-n"]);
  return labels.filter((label) => wanted.has(label)).slice(0, COLORS);
}

/** Highlights a method, in the first free place, or no longer. */
export function toggled(highlights: Highlights, label: string): Highlights {
  if (highlights.includes(label)) return highlights.map((one) => (one === label ? null : one));
  const free = highlights.indexOf(null);
  return free === -1 ? [...highlights, label] : highlights.with(free, label);
}

/** Highlighted methods have a colour and a shape, whatever the reward model; reference lines are grey and dashed. */
export function paletteOf(series: readonly Series[], highlights: Highlights): Palette {
  const references = [...new Set(series.filter((s) => s.kind === "reference").map((s) => s.label))];
  const dashes = ["5 4", "1.5 4", "9 3 2 3", "12 3"];
  return ({ label, kind }) => {
    if (kind === "reference") {
      const dash = dashes[references.indexOf(label) % dashes.length]!;
      return { color: "var(--soft)", symbol: "circle", dash, quiet: false };
    }
    const place = highlights.indexOf(label);
    if (place === -1) return { color: "var(--quiet)", symbol: "circle", dash: null, quiet: true };
    // Beyond eight, colours come again with other shapes.
    const symbol = SYMBOLS[(place + Math.floor(place / COLORS)) % SYMBOLS.length]!;
    return { color: `var(--series-${place % COLORS})`, symbol, dash: null, quiet: false };
  };
}
