import * as Plot from "@observablehq/plot";
import { GOLD } from "@touchstone/report/view";
import type { Group, Setting } from "@touchstone/report/view";
import { useCallback } from "preact/hooks";
import { Plotted } from "./figure.tsx";
import { Legend } from "./legend.tsx";
import type { Palette } from "./palette.ts";
import {
  accuracyAxis,
  accuracyText,
  curvesOf,
  frame,
  endLabels,
  grid,
  labelledBudgetAxis,
  marksOf,
  ROOMY,
  tipOf,
} from "./plots.ts";
import { GroupTitle, Section } from "./text.tsx";

/** Accuracy against the budget, one panel a reward model; the methods that need none stand in each. */
export function AccuracySection({ setting, palette }: { setting: Setting; palette: Palette }) {
  return (
    <Section
      id="accuracy"
      title="Accuracy against budget"
      lead={`Share of ${setting.problems} problems answered correctly. Bands are 95 % intervals over problems, clustered by source, drawn while no more than five methods are highlighted; points on one curve share their problems, so compare methods with the paired table below and not by overlapping bands. Dashed lines are computed from the grades: no method can know them.`}
    >
      <Legend series={setting.series} palette={palette} />
      <div class="panels">
        {setting.groups.map((group) => (
          <AccuracyPanel key={group.rewardModel} setting={setting} group={group} palette={palette} />
        ))}
      </div>
    </Section>
  );
}

function AccuracyPanel({ setting, group, palette }: { setting: Setting; group: Group; palette: Palette }) {
  const draw = useCallback(
    (width: number) => {
      const curves = curvesOf(group.series, palette, GOLD, (row) => row.budget);
      const all = curvesOf(setting.series, palette, GOLD, (row) => row.budget);
      const outer = frame(width, width >= ROOMY ? 420 : Math.min(360, Math.max(280, width * 0.8)));
      const y = accuracyAxis(all, "accuracy, %", 6);
      const inner = outer.height - outer.marginTop - outer.marginBottom;
      const shares = y.domain.map((per100) => per100 / 100);
      return Plot.plot({
        ...outer,
        ...(width >= ROOMY ? { marginRight: 190 } : {}),
        x: labelledBudgetAxis(setting, width),
        y,
        marks: [
          grid(),
          ...marksOf(curves),
          ...(width >= ROOMY ? endLabels(curves, shares, inner) : []),
          tipOf(curves, setting, accuracyText),
        ],
      });
    },
    [setting, group, palette],
  );
  return (
    <figure class="panel">
      <figcaption>
        <GroupTitle group={group} />
      </figcaption>
      <Plotted label={`Accuracy against budget${group.rewardModel && ` with ${group.rewardModel}`}`} draw={draw} />
    </figure>
  );
}
