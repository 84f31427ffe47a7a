import type { ComparisonRow } from "@touchstone/core";
import { budgetText, fixed, nameIn, percent, pValue } from "@touchstone/report/view";
import type { Group, Setting } from "@touchstone/report/view";
import { useState } from "preact/hooks";
import { GroupTitle, Scroll, Section } from "./text.tsx";

/** Every method against the best of its group, paired by problem. */
export function ComparisonSection({ setting }: { setting: Setting }) {
  const budgets = [...new Set(setting.groups.flatMap((group) => group.comparisons.map((row) => row.budget)))].toSorted(
    (a, b) => a - b,
  );
  const [chosen, choose] = useState(budgets.at(-1));
  if (chosen === undefined) return null;
  const groups = setting.groups.map((group) => ({
    group,
    rows: group.comparisons
      .filter((row) => row.budget === chosen)
      .toSorted((a, b) => (a.difference ?? 1) - (b.difference ?? 1)),
  }));
  const scale = scaleOf(groups.flatMap(({ rows }) => rows));
  return (
    <Section
      id="comparisons"
      title="Paired comparisons"
      lead="The best method of each group against every other, problem by problem. p is two-sided and adjusted by Holm within a group and budget. “Detectable” is what the comparison could have seen: the smallest true difference that it would find four times in five."
    >
      <p class="controls">
        <label>
          Budget:{" "}
          <select value={chosen} onChange={(event) => choose(Number(event.currentTarget.value))}>
            {budgets.map((budget) => (
              <option key={budget} value={budget}>
                {budgetText(budget, setting.unit)}
              </option>
            ))}
          </select>
        </label>
      </p>
      <Scroll label="Table of paired comparisons">
        <table class="comparisons">
          <caption class="sr-only">
            Differences in accuracy between the best method and each other, at {budgetText(chosen, setting.unit)}
          </caption>
          <thead>
            <tr>
              <th scope="col" class="text sticky">
                Best, over …
              </th>
              <th scope="col">Points, 95 % interval</th>
              <th scope="col" class="drawn">
                <span class="sr-only">The interval, drawn</span>
              </th>
              <th scope="col">p, adjusted</th>
              <th scope="col">p, unadjusted</th>
              <th scope="col">Correlation</th>
              <th scope="col">Detectable, points</th>
              <th scope="col">n (clusters)</th>
              <th scope="col" class="text">
                Verdict
              </th>
            </tr>
          </thead>
          {groups.map(({ group, rows }) => (
            <tbody key={group.rewardModel}>
              <tr class="group">
                <th scope="rowgroup" colSpan={9}>
                  <span>
                    <GroupTitle group={group} />
                    {rows[0] && (
                      <>
                        : best is <strong>{nameIn(group, rows[0].best, rows[0].best_parameters)}</strong>
                      </>
                    )}
                  </span>
                </th>
              </tr>
              {rows.length === 0 && (
                <tr>
                  <td class="text" colSpan={9}>
                    Nothing to compare at this budget.
                  </td>
                </tr>
              )}
              {rows.map((row) => (
                <PairRow key={`${row.method} ${row.parameters}`} row={row} group={group} scale={scale} />
              ))}
            </tbody>
          ))}
        </table>
      </Scroll>
      <p class="key-line">
        The best method was picked on the same problems, which favours it slightly. The comparisons of all budgets are
        in comparisons.csv.
      </p>
    </Section>
  );
}

function PairRow({ row, group, scale }: { row: ComparisonRow; group: Group; scale: Scale }) {
  const optional = (value: number | null, write: (value: number) => string) => (value === null ? "–" : write(value));
  return (
    <tr>
      <th scope="row" class="sticky">
        {nameIn(group, row.method, row.parameters)}
      </th>
      <td>
        <span class="estimate">{optional(row.difference, percent)}</span>
        <span class="interval">
          {row.ci_low === null || row.ci_high === null
            ? "no interval"
            : `${percent(row.ci_low)} to ${percent(row.ci_high)}`}
        </span>
      </td>
      <td class="drawn">
        <DrawnInterval row={row} scale={scale} />
      </td>
      <td>{optional(row.p_adjusted, pValue)}</td>
      <td>{optional(row.p_value, pValue)}</td>
      <td>{optional(row.correlation, (r) => fixed(r, 2))}</td>
      <td>{optional(row.minimum_detectable_difference, percent)}</td>
      <td>
        {row.problems} ({row.clusters})
      </td>
      <td class="text">{row.difference === null ? "undefined" : row.tied ? "tied" : "best is ahead"}</td>
    </tr>
  );
}

type Scale = (difference: number) => number;
const WIDTH = 170;

function scaleOf(rows: readonly ComparisonRow[]): Scale {
  const ends = rows.flatMap((row) => [row.ci_low ?? 0, row.ci_high ?? 0, row.difference ?? 0]);
  const low = Math.min(0, ...ends);
  const high = Math.max(0.01, ...ends);
  return (difference) => 6 + ((difference - low) / (high - low)) * (WIDTH - 12);
}

function DrawnInterval({ row, scale }: { row: ComparisonRow; scale: Scale }) {
  if (row.difference === null || row.ci_low === null || row.ci_high === null) return null;
  return (
    <svg width={WIDTH} height="22" aria-hidden="true" class={row.tied ? "tied" : "ahead"}>
      <line class="zero" x1={scale(0)} x2={scale(0)} y1="0" y2="22" />
      <line class="reach" x1={scale(row.ci_low)} x2={scale(row.ci_high)} y1="11" y2="11" />
      <circle cx={scale(row.difference)} cy="11" r="4" />
    </svg>
  );
}
