import * as Plot from "@observablehq/plot";
import type { Series } from "@touchstone/report/view";
import { useEffect, useRef } from "preact/hooks";
import type { Look, Palette } from "./palette.ts";

/** Every method once, then the reference lines, as they are drawn. */
export function Legend({ series, palette }: { series: readonly Series[]; palette: Palette }) {
  const shown = [...new Map(series.map((one) => [one.label, one])).values()];
  return (
    <ul class="legend">
      {shown.map((one) => (
        <li key={one.label}>
          <Key look={palette(one)} />
          {one.label}
        </li>
      ))}
    </ul>
  );
}

function Key({ look }: { look: Look }) {
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const line = { stroke: look.color, strokeWidth: 2, ...(look.dash ? { strokeDasharray: look.dash } : {}) };
    place.current!.replaceChildren(
      Plot.plot({
        width: 30,
        height: 14,
        margin: 0,
        axis: null,
        x: { domain: [0, 2] },
        y: { domain: [-1, 1] },
        style: { background: "transparent" },
        marks: [
          Plot.ruleY([0], { x1: 0, x2: 2, ...line }),
          look.dash ? null : Plot.dot([[1, 0]], { fill: look.color, r: 4, symbol: look.symbol }),
        ],
      }),
    );
  }, [look.color, look.symbol, look.dash]);
  return <span class="key" aria-hidden="true" ref={place} />;
}
