import { useEffect, useRef, useState } from "preact/hooks";

type Plotted = SVGSVGElement | HTMLElement;

/** A plot is one picture to a screen reader: its parts keep their names for programs alone, as `data-series`. */
function nameMarks(plot: Plotted): void {
  for (const part of plot.querySelectorAll("[aria-label], [aria-description]")) {
    const name = part.getAttribute("aria-description");
    if (name !== null) part.setAttribute("data-series", name);
    part.removeAttribute("aria-label");
    part.removeAttribute("aria-description");
  }
}

/** A plot that is drawn again whenever its place changes width. `draw` must not keep state. */
export function Plotted({ label, draw }: { label: string; draw: (width: number) => Plotted }) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (width === 0) return;
    const plot = draw(width);
    nameMarks(plot);
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", label);
    place.current!.replaceChildren(plot);
  }, [width, draw, label]);
  return <div class="plot" ref={place} />;
}
