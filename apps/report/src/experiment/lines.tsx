import * as Plot from "@observablehq/plot";
import { fixed } from "@touchstone/report/view";
import { useCallback, useContext } from "preact/hooks";
import { Plotted } from "../page/figure.tsx";
import { frame, grid, movedApart } from "../page/plots.ts";
import { BASE, Highlighting, lookOf } from "./look.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
  /** A band around the line, where there is one. */
  readonly low?: number | null;
  readonly high?: number | null;
}

export interface Line {
  readonly row: string;
  readonly points: readonly Point[];
  /** In place of the row's own. */
  readonly dash?: string;
}

interface Props {
  readonly title: string;
  readonly note?: string;
  readonly lines: readonly Line[];
  readonly x: string;
  readonly y: string;
  /** A logarithmic axis of this base; `ticks`: where it is marked. */
  readonly log?: { readonly base: number; readonly ticks?: readonly number[] };
  readonly dots?: boolean;
  /** A line of slope 1 through the origin. */
  readonly diagonal?: boolean;
  /** Values of horizontal lines that mean something. */
  readonly rules?: readonly number[];
  readonly range?: readonly [number, number];
  readonly formatX?: (x: number) => string;
  /** Whether x counts something. */
  readonly counts?: boolean;
  readonly decimals?: number;
  /** Over all columns. */
  readonly whole?: boolean;
}

/** From this width on there is room for names at the ends of lines. */
const ROOMY = 480;
/** Bands over one another tell nothing where there are more of them. */
const MOST_BANDS = 4;

/** Lines of several rows over one axis; those that are highlighted bear their names. */
export function LinePanel(props: Props) {
  const { title, note, lines, x, y, whole = false } = props;
  const { highlights } = useContext(Highlighting);
  const draw = useCallback((width: number) => plotOf(props, highlights, width), [...Object.values(props), highlights]);
  return (
    <figure class={`panel ${whole ? "whole" : ""}`}>
      <figcaption>
        {title}
        {note !== undefined && <span class="none"> {note}</span>}
      </figcaption>
      <Plotted label={`${title}: ${y} against ${x}, for ${lines.map(({ row }) => row).join(", ")}`} draw={draw} />
    </figure>
  );
}

function plotOf(props: Props, highlights: readonly (string | null)[], width: number) {
  const { lines, x, y, log, dots = false, diagonal = false, rules = [], decimals = 3 } = props;
  const drawn = lines
    .filter(({ points }) => points.length > 0)
    .map((line) => ({ ...line, look: lookOf(line.row, highlights) }))
    .toSorted((a, b) => Number(b.look.quiet) - Number(a.look.quiet));
  const points = drawn.flatMap(({ row, points: own }) => own.map((point) => ({ ...point, row })));
  const loud = drawn.filter(({ look }) => !look.quiet);
  const banded = loud.filter(({ points: own }) => own.some(({ low }) => typeof low === "number"));
  const bands = banded.length > MOST_BANDS ? [] : banded;
  const clip = props.range !== undefined;
  const [low, high] = props.range ?? rangeOf([...points, ...bands.flatMap(({ points: own }) => own)], rules);
  const named = width >= ROOMY && points.length > 0;
  const base = frame(width, Math.min(400, Math.max(250, width * 0.5)));
  const marginRight = named ? 16 + 6.6 * Math.max(...loud.map(({ row }) => nameOf(row).length)) : base.marginRight;
  const height = base.height - base.marginTop - base.marginBottom;
  const ticks = log?.ticks ?? [];
  const every = Math.ceil(ticks.length / Math.max(2, Math.floor((width - marginRight) / 46)));
  const format = props.formatX ?? (props.counts ? String : (value: number) => fixed(value, 2));
  return Plot.plot({
    ...base,
    marginRight,
    x: {
      label: x,
      labelArrow: "none",
      labelAnchor: "center",
      tickSize: 4,
      ...(log === undefined ? { ticks: props.counts ? wholeTicks(points) : 5 } : { type: "log", base: log.base }),
      ...(ticks.length === 0 ? {} : { ticks: ticks.filter((_, i) => (ticks.length - 1 - i) % every === 0) }),
      ...(log === undefined && !props.counts ? {} : { tickFormat: format }),
    },
    y: { label: y, labelArrow: "none", ticks: 5, tickSize: 0, domain: [low, high] },
    marks: [
      grid(),
      ...rules.map((value) => Plot.ruleY([value], { stroke: "var(--soft)", strokeDasharray: "2 3" })),
      ...(diagonal ? [Plot.line(ends(points), { stroke: "var(--soft)", strokeDasharray: "1.5 4", clip: true })] : []),
      ...bands.map(({ row, points: own, look }) =>
        Plot.areaY(
          own.filter((point) => typeof point.low === "number" && typeof point.high === "number"),
          {
            x: "x",
            y1: "low",
            y2: "high",
            fill: look.color,
            fillOpacity: 0.13,
            clip: true,
            className: "band",
            ariaDescription: row,
          },
        ),
      ),
      ...drawn.map(({ row, points: own, look, dash }) =>
        Plot.lineY(own, {
          x: "x",
          y: "y",
          stroke: look.color,
          strokeWidth: look.quiet ? 1.1 : 2,
          strokeDasharray: dash ?? look.dash,
          strokeLinejoin: "round",
          clip,
          className: "method-line",
          ariaDescription: row,
        }),
      ),
      ...drawn.flatMap(({ row, points: own, look }) =>
        look.dash !== "none" || (!dots && look.quiet)
          ? []
          : [
              // A line with many points has its shape on a few of them.
              Plot.dot(dots ? own : own.filter((_, i) => (own.length - 1 - i) % Math.ceil(own.length / 9) === 0), {
                x: "x",
                y: "y",
                fill: look.color,
                stroke: "var(--paper)",
                strokeWidth: 0.8,
                symbol: look.symbol,
                r: look.quiet ? 1.8 : 3.4,
                clip,
                ariaDescription: row,
              }),
            ],
      ),
      ...(named ? endNames(loud, [low, high], height) : []),
      Plot.tip(
        points,
        Plot.pointer({
          x: "x",
          y: "y",
          title: (point: (typeof points)[number]) =>
            `${nameOf(point.row)}\n${y} ${fixed(point.y, decimals)}${intervalOf(point, decimals)}\n${x} ${format(point.x)}`,
          fill: "var(--surface)",
          stroke: "var(--line)",
        }),
      ),
    ],
  });
}

function intervalOf({ low, high }: Point, decimals: number): string {
  if (typeof low !== "number" || typeof high !== "number") return "";
  return ` (95 %: ${fixed(low, decimals)} to ${fixed(high, decimals)})`;
}

function nameOf(row: string): string {
  return row === BASE ? "base policy" : row;
}

interface Drawn extends Line {
  readonly look: ReturnType<typeof lookOf>;
}

/** Names at the right ends of lines, in the margin and moved apart. */
function endNames(lines: readonly Drawn[], [low, high]: readonly [number, number], height: number): Plot.Markish[] {
  const last = lines
    .map(({ row, look, points }) => {
      const end = points.reduce((a, b) => (b.x > a.x ? b : a));
      return { row, look, end, at: (1 - (end.y - low) / (high - low)) * height };
    })
    .toSorted((a, b) => a.at - b.at);
  const places = movedApart(
    last.map(({ at }) => Math.max(0, Math.min(at, height))),
    height,
  );
  return last.map(({ row, look, end, at }, i) =>
    Plot.text([end], {
      y: "y",
      frameAnchor: "right",
      text: () => nameOf(row),
      textAnchor: "start",
      dx: 9,
      dy: places[i]! - at,
      fill: look.ink,
      className: "end-label",
      ariaDescription: row,
    }),
  );
}

function rangeOf(points: readonly Point[], rules: readonly number[]): [number, number] {
  const values = [...points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]), ...rules];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low) * 0.05 || 0.05;
  return [low - margin, high + margin];
}

/** About five whole numbers. */
function wholeTicks(points: readonly Point[]): readonly number[] {
  const values = points.map(({ x }) => x);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, (high - low) / 5)));
  const step = [1, 2, 5, 10].map((size) => size * unit).find((size) => (high - low) / size <= 6) ?? 10 * unit;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

function ends(points: readonly Point[]): [number, number][] {
  const values = points.map(({ x }) => x);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return [
    [low, low],
    [high, high],
  ];
}
