import * as Plot from "@observablehq/plot";
import { useEffect, useRef } from "preact/hooks";
import type { Look } from "./look.ts";

/** A piece of a row's line with its shape on it. */
export function Mark({ look: { color, symbol, dash, quiet } }: { look: Look }) {
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => {
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
          Plot.ruleY([0], { x1: 0, x2: 2, stroke: color, strokeWidth: 2, strokeDasharray: dash }),
          dash === "none" ? Plot.dot([[1, 0]], { fill: color, r: quiet ? 2 : 4, symbol }) : null,
        ],
      }),
    );
  }, [color, symbol, dash, quiet]);
  return <span class="key" aria-hidden="true" ref={place} />;
}
