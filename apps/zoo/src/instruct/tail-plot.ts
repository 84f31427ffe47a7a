import { normalQuantile } from "@touchstone/stats";
import type { Figure } from "../figures.ts";

const COLOURS = ["#1b6ca8", "#c8553d", "#3c8d53", "#8a5aa8", "#a8892b", "#4a4a4a"] as const;
const [WIDTH, HEIGHT, LEFT, TOP, SIDE] = [640, 420, 56, 16, 380] as const;
/** Both axes, in standard deviations. */
const [LOW, HIGH] = [-0.5, 3.5] as const;

const at = (value: number): number => ((value - LOW) / (HIGH - LOW)) * SIDE;
const x = (value: number): string => (LEFT + at(value)).toFixed(1);
const y = (value: number): string => (TOP + SIDE - at(value)).toFixed(1);

/** Normal-quantile plot of the `quantile-…` figures of several reward models, as a drawing (SVG). On the dashed line a law is normal. */
export function tailPlot(models: readonly { readonly name: string; readonly figures: readonly Figure[] }[]): string {
  const text = (left: number | string, top: number | string, words: string, more = ""): string =>
    `<text x="${left}" y="${top}" ${more}>${words}</text>`;
  const ticks = [0, 1, 2, 3].flatMap((value) => [
    text(x(value), TOP + SIDE + 16, String(value), 'text-anchor="middle"'),
    text(LEFT - 8, Number(y(value)) + 4, String(value), 'text-anchor="end"'),
    `<path d="M${x(value)} ${TOP}V${TOP + SIDE}M${LEFT} ${y(value)}H${LEFT + SIDE}" stroke="#ddd"/>`,
  ]);
  const lines = models.flatMap(({ name, figures }, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const points = figures.flatMap((figure) => {
      const level = /^quantile-(.*)$/.exec(figure.name)?.[1];
      return level === undefined ? [] : [`${x(normalQuantile(Number(level)))},${y(figure.estimate)}`];
    });
    return [
      `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      text(LEFT + SIDE + 14, TOP + 20 + 20 * index, name, `fill="${colour}"`),
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT + 20}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${ticks.join("\n")}
<path d="M${x(LOW)} ${y(LOW)}L${x(HIGH)} ${y(HIGH)}" stroke="#888" stroke-dasharray="5 4"/>
${lines.join("\n")}
${text(LEFT + SIDE / 2, TOP + SIDE + 36, "quantile of the normal law", 'text-anchor="middle"')}
${text(-(TOP + SIDE / 2), 16, "quantile of the rewards within a problem", 'transform="rotate(-90)" text-anchor="middle"')}
</svg>
`;
}
