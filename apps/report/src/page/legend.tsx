import * as Plot from "@observablehq/plot";
import type { Series } from "@touchstone/report/view";
import { createContext } from "preact";
import { useContext, useEffect, useRef } from "preact/hooks";
import type { Look, Palette } from "./palette.ts";

/** Highlights a method, or no longer, in every figure of the page. */
export const Highlighting = createContext<(label: string) => void>(() => undefined);

/** Every method once, by what it reads, then the reference lines, as they are drawn. A press highlights a method. */
export function Legend({ series, palette }: { series: readonly Series[]; palette: Palette }) {
  const shown = [...new Map(series.map((one) => [one.label, one])).values()];
  const families = [...Map.groupBy(shown, familyOf)];
  const many = shown.some((one) => palette(one).quiet);
  return (
    <div class="legends">
      {families.map(([family, own]) => (
        <div key={family} class="family">
          {(many || families.length > 2) && <span class="family-name">{family}</span>}
          <ul class="legend" aria-label={family}>
            {own.map((one) => (
              <LegendItem key={one.label} series={one} look={palette(one)} />
            ))}
          </ul>
        </div>
      ))}
      {many && <p class="key-line">Press a name to highlight it here and in every other figure; the rest is grey.</p>}
    </div>
  );
}

function familyOf({ kind, rewardModel }: Series): string {
  if (kind === "reference") return "Reference lines";
  if (rewardModel === "") return "Without rewards";
  return rewardModel.includes("+") ? "Several reward models" : "One reward model";
}

function LegendItem({ series, look }: { series: Series; look: Look }) {
  const toggle = useContext(Highlighting);
  if (series.kind === "reference") {
    return (
      <li>
        <Key look={look} />
        {series.label}
      </li>
    );
  }
  return (
    <li>
      <button
        type="button"
        class={look.quiet ? "quiet" : ""}
        aria-pressed={!look.quiet}
        onClick={() => toggle(series.label)}
        onPointerEnter={(event) => single(event.currentTarget, series.label)}
        onPointerLeave={(event) => single(event.currentTarget, null)}
      >
        <Key look={look} />
        {series.label}
      </button>
    </li>
  );
}

/** Lets one series stand out in the figures of the legend's section while a pointer is on its name. */
function single(button: Element, label: string | null): void {
  for (const mark of button.closest("section")?.querySelectorAll(".plot [data-series]") ?? []) {
    mark.classList.toggle("aside", label !== null && mark.getAttribute("data-series") !== label);
    mark.classList.toggle("single", label !== null && mark.getAttribute("data-series") === label);
  }
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
          look.dash ? null : Plot.dot([[1, 0]], { fill: look.color, r: look.quiet ? 2 : 4, symbol: look.symbol }),
        ],
      }),
    );
  }, [look.color, look.symbol, look.dash, look.quiet]);
  return <span class="key" aria-hidden="true" ref={place} />;
}
