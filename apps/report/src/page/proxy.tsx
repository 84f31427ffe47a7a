import * as Plot from "@observablehq/plot";
import { budgetText, curve, GOLD, percent, percentInterval, PROXY } from "@touchstone/report/view";
import type { Group, Series, Setting } from "@touchstone/report/view";
import { useCallback } from "preact/hooks";
import { Plotted } from "./figure.tsx";
import { Legend } from "./legend.tsx";
import type { Palette } from "./palette.ts";
import {
  accuracyAxis,
  accuracyText,
  budgetAxis,
  curvesOf,
  frame,
  grid,
  labelledBudgetAxis,
  marksOf,
  rangeOf,
  tipOf,
} from "./plots.ts";
import type { Point } from "./plots.ts";
import { Planted, Section } from "./text.tsx";

/** Proxy against gold: what a reward model believes of the decisions, over what they are worth. */
export function ProxySection({ setting, palette }: { setting: Setting; palette: Palette }) {
  const groups = setting.groups.filter((group) => group.rewardModel !== "" && proxied(group).length > 0);
  if (groups.length === 0) return null;
  return (
    <Section
      id="proxy"
      title="Proxy against gold"
      lead="Above, the mean reward of the decisions: what the method sees and raises. Below, on the same budgets, how many of them are right. Where the upper curve climbs while the lower one falls, the reward model is over-optimised. Bands are 95 % intervals."
    >
      <Legend series={groups.flatMap(proxied)} palette={palette} />
      <div class="panels">
        {groups.map((group) => (
          <ProxyPanel key={group.rewardModel} setting={setting} group={group} palette={palette} />
        ))}
      </div>
    </Section>
  );
}

function proxied(group: Group): Series[] {
  return group.series.filter((series) => series.kind === "method" && curve(series, PROXY).length > 0);
}

function ProxyPanel({ setting, group, palette }: { setting: Setting; group: Group; palette: Palette }) {
  const upper = useCallback(
    (width: number) => {
      const curves = curvesOf(proxied(group), palette, PROXY, (row) => row.budget);
      return Plot.plot({
        ...frame(width, 190),
        marginBottom: 10,
        x: { ...budgetAxis(setting.budgets, width), label: null, tickFormat: () => "", tickSize: 0 },
        y: { domain: rangeOf(curves), label: "mean reward (proxy)", labelArrow: "none", ticks: 4, tickSize: 0 },
        marks: [grid(), ...marksOf(curves), tipOf(curves, setting, rewardText)],
      });
    },
    [setting, group, palette],
  );
  const lower = useCallback(
    (width: number) => {
      const curves = curvesOf(proxied(group), palette, GOLD, (row) => row.budget);
      const all = setting.groups.flatMap((one) => curvesOf(proxied(one), palette, GOLD, (row) => row.budget));
      return Plot.plot({
        ...frame(width, 220),
        x: labelledBudgetAxis(setting, width),
        y: accuracyAxis(all, "accuracy, % (gold)", 5),
        marks: [grid(), ...marksOf(curves), tipOf(curves, setting, accuracyText)],
      });
    },
    [setting, group, palette],
  );
  const about = `${group.rewardModel}${group.planted === null ? "" : ", planted flaw"}`;
  return (
    <figure class="panel">
      <figcaption>
        {group.rewardModel} <Planted flaw={group.planted} />
      </figcaption>
      <Plotted label={`Mean reward of the decisions against budget, ${about}`} draw={upper} />
      <Plotted label={`Accuracy of the same decisions against budget, ${about}`} draw={lower} />
      <ul class="reading">
        {proxied(group).map((series) => (
          <li key={series.key}>{reading(series, setting)}</li>
        ))}
      </ul>
      {group.planted !== null && <p class="reading">Planted: {group.planted}</p>}
    </figure>
  );
}

/** Where a method's accuracy is highest, and what is left of it at the largest budget: descriptive, no test. */
function reading(series: Series, setting: Setting): string {
  const rows = curve(series, GOLD);
  const last = rows.at(-1);
  const peak = rows.toSorted((a, b) => b.estimate - a.estimate)[0];
  if (last === undefined || peak === undefined) return "";
  const at = (row: typeof last) =>
    `${percent(row.estimate)} %${row.ci_low === null || row.ci_high === null ? "" : ` (${percentInterval(row.ci_low, row.ci_high)})`} at ${budgetText(row.budget, setting.unit)}`;
  return peak === last
    ? `${series.label}: highest at the end, ${at(last)}.`
    : `${series.label}: ${at(last)}, after ${at(peak)}.`;
}

function rewardText(row: Point["row"]): string {
  const interval =
    row.ci_low === null || row.ci_high === null ? "" : ` (95 %: ${row.ci_low.toFixed(2)} to ${row.ci_high.toFixed(2)})`;
  return `reward ${row.estimate.toFixed(2)}${interval}`;
}
