import * as Plot from "@observablehq/plot";
import type { ResultRow } from "@touchstone/core";
import { budgetText, compact, curve, percent, percentInterval } from "@touchstone/report/view";
import type { Series, Setting } from "@touchstone/report/view";
import type { Look, Palette } from "./palette.ts";

/** A row of a curve: an estimate at a place of the horizontal axis. */
export interface Point {
  readonly x: number;
  readonly row: ResultRow & { readonly estimate: number };
}

export interface Curve {
  readonly series: Series;
  readonly look: Look;
  readonly points: readonly Point[];
}

/** The curves of a metric over `x`; points without a place on a logarithmic axis are left out. */
export function curvesOf(
  series: readonly Series[],
  palette: Palette,
  metric: string,
  x: (row: ResultRow) => number | null,
): Curve[] {
  return series
    .map((one) => ({
      series: one,
      look: palette(one),
      points: curve(one, metric).flatMap((row) => {
        const at = x(row);
        return at !== null && at > 0 ? [{ x: at, row }] : [];
      }),
    }))
    .filter((one) => one.points.length > 0);
}

/** Bands over one another tell nothing where there are more of them. */
const MOST_BANDS = 5;

/**
 * Band (95 % interval), line and points of each curve; reference lines are dashed and have no band, and quiet ones lie below
 * the others. More highlighted curves than five are drawn without bands.
 */
export function marksOf(curves: readonly Curve[]): Plot.Markish[] {
  const methods = curves
    .filter(({ series }) => series.kind === "method")
    .toSorted((a, b) => Number(b.look.quiet) - Number(a.look.quiet));
  const loud = methods.filter(({ look }) => !look.quiet);
  const references = curves.filter(({ series }) => series.kind === "reference");
  return [
    ...(loud.length > MOST_BANDS ? [] : loud).map(({ points, look, series }) =>
      Plot.areaY(
        points.filter(({ row }) => row.ci_low !== null),
        {
          x: "x",
          y1: lowEnd,
          y2: highEnd,
          fill: look.color,
          fillOpacity: 0.11,
          clip: true,
          className: "band",
          ariaDescription: series.label,
        },
      ),
    ),
    ...references.map(({ points, look, series }) =>
      Plot.lineY(points, {
        x: "x",
        y: estimate,
        stroke: look.color,
        strokeWidth: 1.4,
        strokeDasharray: look.dash!,
        className: "reference-line",
        ariaDescription: series.label,
      }),
    ),
    ...methods.map(({ points, look, series }) =>
      Plot.lineY(points, {
        x: "x",
        y: estimate,
        stroke: look.color,
        strokeWidth: look.quiet ? 1.1 : 2,
        strokeLinejoin: "round",
        className: "method-line",
        ariaDescription: series.label,
      }),
    ),
    ...methods.map(({ points, look, series }) =>
      Plot.dot(points, {
        x: "x",
        y: estimate,
        fill: look.color,
        stroke: "var(--paper)",
        strokeWidth: 0.8,
        r: look.quiet ? 1.8 : 3.6,
        symbol: look.symbol,
        className: "method-dots",
        ariaDescription: series.label,
      }),
    ),
  ];
}

/** From this width on there is room for names at the ends of curves. */
export const ROOMY = 760;

/** Names of the highlighted curves at their right ends, moved apart; for a plot whose `domain` fills `height` pixels. */
export function endLabels(curves: readonly Curve[], domain: readonly number[], height: number): Plot.Markish[] {
  const [low, high] = [domain[0]!, domain[1]!];
  const ends = curves
    .filter(({ look, series }) => !look.quiet && series.kind === "method")
    .map(({ series, look, points }) => {
      const last = points.at(-1)!;
      return { series, look, last, at: (1 - (last.row.estimate - low) / (high - low)) * height };
    })
    .toSorted((a, b) => a.at - b.at);
  const places = movedApart(ends.map(({ at }) => at));
  return ends.map(({ series, look, last, at }, i) =>
    Plot.text([last], {
      x: "x",
      y: estimate,
      text: () => series.label,
      textAnchor: "start",
      dx: 9,
      dy: places[i]! - at,
      // Nearer to the colour of text: words need more contrast than lines.
      fill: `color-mix(in srgb, ${look.color} 62%, var(--ink))`,
      stroke: "var(--paper)",
      strokeWidth: 3,
      className: "end-label",
    }),
  );
}

/** Pixels between the base lines of two labels. */
const LINE = 15;

/** Places of labels from top to bottom, in pixels, each a line below the one before; above `bottom` as far as there is room. */
export function movedApart(places: readonly number[], bottom = Number.POSITIVE_INFINITY): number[] {
  const moved: number[] = [];
  for (const at of places) moved.push(Math.max(at, (moved.at(-1) ?? Number.NEGATIVE_INFINITY) + LINE));
  for (let i = moved.length - 1; i >= 0; i--) {
    moved[i] = Math.min(moved[i]!, bottom, (moved[i + 1] ?? Number.POSITIVE_INFINITY) - LINE);
  }
  return moved;
}

/** What a pointer shows: the estimate with its interval and n. */
export function tipOf(curves: readonly Curve[], setting: Setting, value: (row: Point["row"]) => string): Plot.Markish {
  const points = curves.flatMap(({ series, points: own }) => own.map((point) => ({ ...point, series })));
  return Plot.tip(
    points,
    Plot.pointer({
      x: "x",
      y: estimate,
      title: ({ series, row }: (typeof points)[number]) =>
        `${series.label}\n${value(row)}\n${budgetText(row.budget, setting.unit)}, n = ${row.problems} (${row.clusters} clusters)`,
      fill: "var(--surface)",
      lineHeight: 1.3,
      stroke: "var(--line)",
    }),
  );
}

export function accuracyText(row: Point["row"]): string {
  const interval =
    row.ci_low === null || row.ci_high === null ? "" : ` (95 %: ${percentInterval(row.ci_low, row.ci_high)})`;
  return `accuracy ${percent(row.estimate)} %${interval}`;
}

/** The vertical range that holds every estimate and interval of the curves. */
export function rangeOf(curves: readonly Curve[]): [number, number] {
  const values = curves.flatMap(({ points }) =>
    points.flatMap(({ row }) => [row.ci_low ?? row.estimate, row.ci_high ?? row.estimate]),
  );
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = (high - low) * 0.04 || 0.05;
  return [low - margin, high + margin];
}

/** As `rangeOf`, within what a share can be. */
function shareRange(curves: readonly Curve[]): [number, number] {
  const [low, high] = rangeOf(curves);
  return [Math.max(0, low), Math.min(1, high)];
}

/** A base-2 axis with a tick at every budget, or at every other one where they would not fit. */
export function budgetAxis(budgets: readonly number[], width: number): Plot.ScaleOptions {
  const room = Math.max(2, Math.floor(width / 42));
  const step = Math.ceil(budgets.length / room);
  const last = budgets.length - 1;
  return {
    type: "log",
    base: 2,
    domain: [budgets[0]! / 1.12, budgets[last]! * 1.12],
    ticks: budgets.filter((_, i) => (last - i) % step === 0),
    tickFormat: (budget: number) => (budget >= 10_000 ? compact(budget) : String(budget)),
    tickSize: 4,
  };
}

/** The same with the unit named below it. */
export function labelledBudgetAxis({ budgets, unit }: Setting, width: number): Plot.ScaleOptions {
  return { ...budgetAxis(budgets, width), label: `${unit} per problem`, labelArrow: "none", labelAnchor: "center" };
}

/** The vertical axis of accuracies, per cent, wide enough for the bands of `curves`. */
export function accuracyAxis(curves: readonly Curve[], label: string, ticks: number) {
  const domain = shareRange(curves).map((share) => 100 * share);
  return { domain, percent: true, label, labelArrow: "none", ticks, tickSize: 0 } satisfies Plot.ScaleOptions;
}

/** What all plots share. */
export function frame(width: number, height: number) {
  return {
    width,
    height,
    marginLeft: 44,
    marginRight: 12,
    marginTop: 30,
    marginBottom: 38,
    style: {
      background: "transparent",
      color: "inherit",
      fontFamily: "inherit",
      fontSize: "12.5px",
      overflow: "visible",
    },
  } satisfies Plot.PlotOptions;
}

/** Light horizontal lines behind the marks. */
export function grid(): Plot.Markish {
  return Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, strokeWidth: 0.8 });
}

export function estimate({ row }: Point): number {
  return row.estimate;
}

function lowEnd({ row }: Point): number {
  return row.ci_low!;
}

function highEnd({ row }: Point): number {
  return row.ci_high!;
}
