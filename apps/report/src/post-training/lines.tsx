import * as Plot from "@observablehq/plot";
import { fixed } from "@touchstone/report/view";
import { useCallback } from "preact/hooks";
import { Plotted } from "../page/figure.tsx";
import { frame, grid } from "../page/plots.ts";
import { Planted } from "../page/text.tsx";
import { lookOf, type Scene } from "./scene.ts";

export interface Line {
  readonly row: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

interface Props {
  readonly title: string;
  readonly note?: string;
  readonly lines: readonly Line[];
  /** All rows, for their colours. */
  readonly rows: readonly string[];
  readonly x: string;
  readonly y: string;
  /** A base-2 axis with these ticks. */
  readonly log?: readonly number[];
  readonly dots?: boolean;
  /** A line of slope 1 through the origin. */
  readonly diagonal?: boolean;
}

/** Lines of several rows over one axis. */
export function LinePanel({ title, note, lines, rows, x, y, log, dots = false, diagonal = false }: Props) {
  const draw = useCallback(
    (width: number) => {
      const points = lines.flatMap(({ row, points: own }) => own.map((point) => ({ ...point, row })));
      const every = log === undefined ? 1 : Math.ceil(log.length / Math.max(2, Math.floor(width / 46)));
      return Plot.plot({
        ...frame(width, Math.min(340, Math.max(240, width * 0.62))),
        x: {
          label: x,
          labelArrow: "none",
          labelAnchor: "center",
          tickSize: 4,
          ...(log === undefined
            ? { ticks: 5 }
            : {
                type: "log",
                base: 2,
                ticks: log.filter((_, i) => (log.length - 1 - i) % every === 0),
                tickFormat: String,
              }),
        },
        y: { label: y, labelArrow: "none", ticks: 5, tickSize: 0, nice: true },
        marks: [
          grid(),
          ...(diagonal ? [Plot.line(ends(points), { stroke: "var(--soft)", strokeDasharray: "1.5 4" })] : []),
          ...lines.map(({ row, points: own }) => {
            const { color, dash } = lookOf(row, rows);
            return Plot.lineY(own, {
              x: "x",
              y: "y",
              stroke: color,
              strokeWidth: 1.8,
              strokeDasharray: dash,
              className: "method-line",
              ariaDescription: row,
            });
          }),
          ...(dots
            ? lines.map(({ row, points: own }) =>
                Plot.dot(own, { x: "x", y: "y", fill: lookOf(row, rows).color, r: 3, ariaDescription: row }),
              )
            : []),
          Plot.tip(
            points,
            Plot.pointer({
              x: "x",
              y: "y",
              title: (point: (typeof points)[number]) =>
                `${point.row}\n${y} ${fixed(point.y, 3)}\n${x} ${fixed(point.x, 2)}`,
              fill: "var(--surface)",
              stroke: "var(--line)",
            }),
          ),
        ],
      });
    },
    [lines, rows, x, y, log, dots, diagonal],
  );
  return (
    <figure class="panel">
      <figcaption>
        {title}
        {note !== undefined && <span class="none"> {note}</span>}
      </figcaption>
      <Plotted label={`${title}: ${y} against ${x}, for ${lines.map(({ row }) => row).join(", ")}`} draw={draw} />
    </figure>
  );
}

function ends(points: Line["points"]): [number, number][] {
  const values = points.map(({ x }) => x);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return [
    [low, low],
    [high, high],
  ];
}

/** Names and colours of the rows. */
export function RowLegend({ scene: { rows, planted, rewardModel }, base = true }: { scene: Scene; base?: boolean }) {
  const all = [...rows, ...(base ? ["base"] : [])];
  return (
    <div class="legends">
      <ul class="legend" aria-label="Rows">
        {all.map((row) => {
          const { color, dash } = lookOf(row, rows);
          return (
            <li key={row}>
              <svg width="26" height="10" aria-hidden="true">
                <line x1="1" x2="25" y1="5" y2="5" style={{ stroke: color, strokeWidth: 2, strokeDasharray: dash }} />
              </svg>{" "}
              {row === "base" ? "base policy (dashed)" : row}
            </li>
          );
        })}
      </ul>
      {planted !== null && (
        <p class="key-line">
          Trained on and selected by {rewardModel} <Planted flaw={planted} />
        </p>
      )}
    </div>
  );
}
