import * as Plot from "@observablehq/plot";
import { fixed } from "@touchstone/report/view";
import { useCallback } from "preact/hooks";
import { Plotted } from "../page/figure.tsx";
import { frame } from "../page/plots.ts";

/** A difference with its 95 % interval. */
export interface Effect {
  readonly row: string;
  readonly effect: number;
  readonly low: number | null;
  readonly high: number | null;
  /** A second reading of the same row, drawn hollow and below the first. */
  readonly second: boolean;
  /** Whether it says nothing about other seeds. */
  readonly descriptive: boolean;
  /** What a pointer shows beside the numbers. */
  readonly says: string;
}

interface Props {
  readonly title: string;
  readonly note?: string;
  /** Of the axis. */
  readonly unit: string;
  /** What 0 is. */
  readonly against: string;
  readonly effects: readonly Effect[];
  readonly decimals?: number;
  /** Over all columns. */
  readonly whole?: boolean;
}

/** Pixels between the middle of a row and that of a reading. */
const APART = 6;

/** Intervals under one another about a line at 0, from the largest to the smallest effect. */
export function ForestPanel(props: Props) {
  const { title, note, unit, against, effects, whole = false } = props;
  const draw = useCallback((width: number) => plotOf(props, width), Object.values(props));
  const rows = [...new Set(effects.map(({ row }) => row))];
  return (
    <figure class={`panel ${whole ? "whole" : ""}`}>
      <figcaption>
        {title}
        {note !== undefined && <span class="none"> {note}</span>}
      </figcaption>
      <Plotted label={`${title}: difference to ${against} in ${unit}, of ${rows.join(", ")}`} draw={draw} />
    </figure>
  );
}

function plotOf({ unit, against, effects, decimals = 3 }: Props, width: number) {
  const first = new Map(effects.filter(({ second }) => !second).map(({ row, effect }) => [row, effect]));
  const rows = [...new Set(effects.map(({ row }) => row))].toSorted(
    (a, b) => (first.get(b) ?? Number.NEGATIVE_INFINITY) - (first.get(a) ?? Number.NEGATIVE_INFINITY),
  );
  const longest = 6.8 * Math.max(0, ...rows.map(({ length }) => length));
  // Where names would leave the intervals no room, they stand above them.
  const beside = longest < width * 0.42;
  const rowHeight = beside ? 30 : 46;
  const base = frame(width, rows.length * rowHeight + 62);
  const values = effects.flatMap(({ effect, low, high }) => [effect, low ?? effect, high ?? effect]);
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const margin = (most - least) * 0.06 || 0.01;
  const color = ({ descriptive }: Effect) => (descriptive ? "var(--soft)" : "var(--ink)");
  const below = beside ? 0 : 7;
  const marksOf = (second: boolean, descriptive: boolean): Plot.Markish[] => {
    const own = effects.filter((one) => one.second === second && one.descriptive === descriptive);
    const dy = below + (second ? APART : effects.some((one) => one.second) ? -APART : 0);
    return [
      Plot.link(
        own.filter(({ low, high }) => low !== null && high !== null),
        {
          x1: "low",
          x2: "high",
          y: "row",
          dy,
          stroke: color,
          strokeWidth: descriptive ? 1.4 : 2.6,
          ariaDescription: second ? "second" : "first",
        },
      ),
      Plot.dot(own, {
        x: "effect",
        y: "row",
        dy,
        r: second ? 4 : 4.4,
        symbol: second ? "diamond" : "circle",
        fill: second ? "var(--paper)" : color,
        stroke: color,
        strokeWidth: 1.5,
      }),
    ];
  };
  return Plot.plot({
    ...base,
    marginTop: 8,
    marginLeft: beside ? longest + 14 : 6,
    x: {
      label: `${unit}, minus ${against}`,
      labelArrow: "none",
      labelAnchor: "center",
      domain: [least - margin, most + margin],
      ticks: Math.max(3, Math.floor(width / 110)),
      tickSize: 4,
      grid: false,
    },
    y: { domain: rows, label: null, axis: beside ? "left" : null, tickSize: 0 },
    marks: [
      Plot.gridX({ stroke: "var(--line)", strokeOpacity: 1, strokeWidth: 0.8 }),
      Plot.ruleX([0], { stroke: "var(--streak)", strokeWidth: 1.6 }),
      ...[true, false].flatMap((descriptive) => [...marksOf(true, descriptive), ...marksOf(false, descriptive)]),
      ...(beside
        ? []
        : [
            Plot.text(rows, {
              y: (row: string) => row,
              frameAnchor: "left",
              text: (row: string) => row,
              dx: 2,
              dy: -12,
            }),
          ]),
      Plot.tip(
        effects,
        Plot.pointer({
          x: "effect",
          y: "row",
          title: ({ row, effect, low, high, says }: Effect) =>
            `${row} − ${against}\n${fixed(effect, decimals)}${low === null || high === null ? ", no interval" : ` (95 %: ${fixed(low, decimals)} to ${fixed(high, decimals)})`}\n${says}`,
          fill: "var(--surface)",
          stroke: "var(--line)",
        }),
      ),
    ],
  });
}

/** What the marks of a forest mean. */
export function ForestKey({ first, second }: { first: string; second?: string }) {
  return (
    <ul class="legend" aria-label="Marks">
      <li>
        <svg width="30" height="14" aria-hidden="true">
          <line x1="1" x2="29" y1="7" y2="7" style={{ stroke: "var(--ink)", strokeWidth: 2.6 }} />
          <circle cx="15" cy="7" r="4.4" style={{ fill: "var(--ink)" }} />
        </svg>
        {first}
      </li>
      {second !== undefined && (
        <li>
          <svg width="30" height="14" aria-hidden="true">
            <line x1="1" x2="29" y1="7" y2="7" style={{ stroke: "var(--ink)", strokeWidth: 2.6 }} />
            <path d="M15 1.500 20 7 15 12.500 10 7Z" style={{ fill: "var(--paper)", stroke: "var(--ink)" }} />
          </svg>
          {second}
        </li>
      )}
      <li>
        <svg width="30" height="14" aria-hidden="true">
          <line x1="1" x2="29" y1="7" y2="7" style={{ stroke: "var(--soft)", strokeWidth: 1.4 }} />
          <circle cx="15" cy="7" r="4" style={{ fill: "var(--soft)" }} />
        </svg>
        thin and grey: descriptive, it says nothing about other seeds
      </li>
    </ul>
  );
}
