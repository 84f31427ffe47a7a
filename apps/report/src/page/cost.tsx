import * as Plot from "@observablehq/plot";
import type { ResultRow } from "@touchstone/core";
import type { PageData } from "@touchstone/report";
import { budgetText, compact, curve, GOLD, plantedIn } from "@touchstone/report/view";
import type { Group, Series, Setting } from "@touchstone/report/view";
import { useCallback, useMemo, useState } from "preact/hooks";
import { Plotted } from "./figure.tsx";
import { Legend } from "./legend.tsx";
import { Abstained } from "./abstained.tsx";
import { BesideDecisions, otherTokensOf } from "./ledger.tsx";
import type { OtherTokens } from "./ledger.tsx";
import type { Palette } from "./palette.ts";
import { accuracyAxis, accuracyText, curvesOf, frame, grid, marksOf, tipOf } from "./plots.ts";
import type { Point } from "./plots.ts";
import { Estimate, GroupTitle, RewardModelName, Scroll, Section } from "./text.tsx";

interface Axis {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly cost: (row: ResultRow) => number | null;
}

function axesOf(otherTokens: OtherTokens): readonly Axis[] {
  const allTokens = (row: ResultRow): number | null => {
    const parts = [row.prompt_tokens, row.completion_tokens, row.reward_tokens, otherTokens(row)];
    return parts.includes(null) ? null : parts.reduce((sum: number, part) => sum + part!, 0);
  };
  return [
    { id: "tokens", name: "Tokens", label: "tokens per problem, through every model", cost: allTokens },
    { id: "flops", name: "FLOPs", label: "FLOPs per problem, every model", cost: (row) => row.flops },
    { id: "seconds", name: "Seconds", label: "engine seconds per problem, measured", cost: (row) => row.wall_seconds },
  ];
}

/** Accuracy against what it cost: the same points, with the reward model's work counted. */
export function CostSection({ run, setting, palette }: { run: PageData; setting: Setting; palette: Palette }) {
  const otherTokens = useMemo(() => otherTokensOf(run.ledger ?? []), [run]);
  const axes = useMemo(() => axesOf(otherTokens), [otherTokens]);
  const measured = axes.filter((axis) => setting.series.some((s) => s.rows.some((row) => (axis.cost(row) ?? 0) > 0)));
  const [chosen, choose] = useState(measured[0]?.id);
  const axis = measured.find((one) => one.id === chosen);
  if (axis === undefined) return null;
  const methods = setting.series.filter((series) => series.kind === "method");
  return (
    <Section
      id="cost"
      title="What it costs"
      lead="The same accuracies against work done: every token that a model processed as counted (the prompt once per problem), FLOPs from the weights (2 × active parameters × tokens, plus attention), seconds where they were measured. A method that reads rewards pays for them here."
    >
      <fieldset class="controls">
        <legend class="sr-only">Horizontal axis</legend>
        {measured.map((one) => (
          <label key={one.id}>
            <input
              type="radio"
              name="cost-axis"
              value={one.id}
              checked={one.id === axis.id}
              onChange={() => choose(one.id)}
            />
            {one.name}
          </label>
        ))}
      </fieldset>
      <Legend series={methods} palette={palette} />
      <div class="panels">
        {setting.groups.map((group) => (
          <CostPanel key={group.rewardModel} setting={setting} group={group} palette={palette} axis={axis} />
        ))}
      </div>
      <LedgerTable setting={setting} otherTokens={otherTokens} />
      <Abstained run={run} setting={setting} />
      <BesideDecisions run={run} setting={setting} />
    </Section>
  );
}

function CostPanel(props: { setting: Setting; group: Group; palette: Palette; axis: Axis }) {
  const { setting, group, palette, axis } = props;
  const draw = useCallback(
    (width: number) => {
      const methods = (series: readonly Series[]) =>
        curvesOf(
          series.filter((one) => one.kind === "method"),
          palette,
          GOLD,
          axis.cost,
        );
      const curves = methods(group.series);
      const all = methods(setting.series);
      const costs = all.flatMap(({ points }) => points.map(({ x }) => x));
      const spent = (row: Point["row"]) => `${accuracyText(row)}\n${compact(axis.cost(row)!)} ${axis.name}`;
      return Plot.plot({
        ...frame(width, Math.min(360, Math.max(270, width * 0.75))),
        x: {
          type: "log",
          domain: [Math.min(...costs) / 1.15, Math.max(...costs) * 1.15],
          label: axis.label,
          labelArrow: "none",
          labelAnchor: "center",
          ticks: Math.max(2, Math.floor(width / 110)),
          tickFormat: compact,
          tickSize: 4,
        },
        y: accuracyAxis(all, "accuracy, %", 6),
        marks: [grid(), ...marksOf(curves), tipOf(curves, setting, spent)],
      });
    },
    [setting, group, palette, axis],
  );
  return (
    <figure class="panel">
      <figcaption>
        <GroupTitle group={group} />
      </figcaption>
      <Plotted
        label={`Accuracy against ${axis.label}${group.rewardModel && `, with ${group.rewardModel}`}`}
        draw={draw}
      />
    </figure>
  );
}

/** The ledger of the largest budget, failures included. */
function LedgerTable({ setting, otherTokens }: { setting: Setting; otherTokens: OtherTokens }) {
  const budget = setting.budgets.at(-1)!;
  const rows = setting.series
    .filter((series) => series.kind === "method")
    .flatMap((series) => {
      const row = curve(series, GOLD).find((one) => one.budget === budget);
      return row ? [{ series, row }] : [];
    });
  const number = (value: number | null) => (value === null ? "–" : compact(value));
  // Of forward passes that neither draw nor reward: few methods have any.
  const withOthers = rows.some(({ row }) => otherTokens(row) !== 0);
  return (
    <>
      <h3>The ledger at {budgetText(budget, setting.unit)}</h3>
      <Scroll label="What each method spent">
        <table>
          <caption class="sr-only">Means per problem at the largest budget</caption>
          <thead>
            <tr>
              {[
                "Method",
                "Reward model",
                "Accuracy, %",
                "Prompt tokens",
                "Completion tokens",
                "Reward tokens",
                ...(withOthers ? ["Other tokens"] : []),
                "Rounds",
                "FLOPs",
                "Seconds",
                "Unparsable",
                "Truncated",
                "Reward failed",
                "Abstained, %",
                "n",
              ].map((name, i) => (
                <th key={name} scope="col" class={i < 2 ? `text ${i === 0 ? "sticky" : ""}` : ""}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ series, row }) => (
              <tr key={series.key}>
                <th scope="row" class="sticky">
                  {series.label}
                </th>
                <td class="text">
                  <RewardModelName name={series.rewardModel} planted={plantedIn(setting, series.rewardModel)} />
                </td>
                <td>
                  <Estimate row={row} />
                </td>
                {[
                  row.prompt_tokens,
                  row.completion_tokens,
                  row.reward_tokens,
                  ...(withOthers ? [otherTokens(row)] : []),
                  row.rounds,
                  row.flops,
                ].map((value, i) => (
                  <td key={i}>{number(value)}</td>
                ))}
                <td>{row.time_source === "" ? "–" : number(row.wall_seconds)}</td>
                {[row.unparsable, row.truncated, row.failed].map((value, i) => (
                  <td key={i}>{number(value)}</td>
                ))}
                <td>{row.abstained === null ? "–" : compact(100 * row.abstained)}</td>
                <td>{row.problems}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="key-line">
        Means per problem.{withOthers && " Other tokens are those of forward passes that neither draw nor reward."}{" "}
        Unparsable, truncated and reward-failed samples are counted among those drawn, and stay in the denominator; a
        problem on which a method abstains counts as wrong.
      </p>
    </>
  );
}
