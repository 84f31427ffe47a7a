import type { AllocationRow } from "@touchstone/core";
import type { PageData } from "@touchstone/report";
import { fixed, plantedIn } from "@touchstone/report/view";
import type { Setting } from "@touchstone/report/view";
import { RewardModelName, Scroll, Section } from "./text.tsx";

const METRICS: Readonly<Record<string, string>> = {
  batch_win_rate: "Batch win rate",
  batch_win_rate_larger: "Batch win rate against 1.2 times the budget",
  survival_time: "Survival time",
  largest_budget_beaten: "Largest budget beaten half the time, N*(.5)",
  problem_win_rate: "Win rate per problem",
  mean_difference: "Mean difference of the best rewards",
};

/** What spreading a shared budget unevenly wins; absent where nothing was studied. */
export function AllocationSection({ run, setting }: { run: PageData; setting: Setting }) {
  const rows = (run.allocation ?? []).filter(
    (row) =>
      row.dataset === setting.dataset &&
      row.split === setting.split &&
      row.model === setting.model &&
      row.decoding === setting.decoding,
  );
  if (rows.length === 0) return null;
  const seeds = new Set(rows.map(({ seed }) => seed)).size;
  const studies = [
    ...Map.groupBy(rows, (row) =>
      JSON.stringify([
        row.policy,
        row.parameters,
        row.reward_model,
        row.comparator,
        row.batch_size,
        row.budget,
        row.seed,
      ]),
    ).values(),
  ];
  return (
    <Section
      id="allocation"
      title="Sharing a budget"
      lead="Policies that spread one budget over a batch of problems, each against draws of its own for the comparator. The batch is the unit of every interval. “By chance” is what uniform allocation has against itself: a survival time is read against that and not against the budget."
    >
      <Scroll label="What allocating a shared budget wins">
        <table class="allocation">
          <caption class="sr-only">What allocating a shared budget wins, with 95 % intervals</caption>
          <thead>
            <tr>
              <th scope="col" class="text sticky">
                What
              </th>
              <th scope="col">Estimate, 95 % interval</th>
              <th scope="col">By chance</th>
              <th scope="col">Batches</th>
              <th scope="col">Divisions × plays</th>
            </tr>
          </thead>
          {studies.map((own) => (
            <Study key={JSON.stringify(own[0])} rows={own} setting={setting} withSeed={seeds > 1} />
          ))}
        </table>
      </Scroll>
    </Section>
  );
}

function Study(props: { rows: readonly AllocationRow[]; setting: Setting; withSeed: boolean }) {
  const { rows, setting, withSeed } = props;
  const { policy, parameters, comparator, reward_model: model, batch_size: size, budget, seed } = rows[0]!;
  return (
    <tbody>
      <tr class="group">
        <th scope="rowgroup" colSpan={5}>
          <span title={parameters}>
            {policy} against {comparator}{" "}
            <span class="none">
              batches of {size}, {budget} draws a problem on average, rewards of{" "}
              <RewardModelName name={model} planted={plantedIn(setting, model)} />
              {withSeed && `, seed ${seed}`}
            </span>
          </span>
        </th>
      </tr>
      {rows.map((row) => (
        <tr key={row.metric}>
          <th scope="row" class="sticky">
            {METRICS[row.metric] ?? row.metric.replaceAll("_", " ")}
          </th>
          <td>
            <span class="estimate">{row.estimate === null ? "undefined" : fixed(row.estimate, 3)}</span>
            <span class="interval">
              {row.ci_low === null || row.ci_high === null
                ? "no interval"
                : `${fixed(row.ci_low, 3)} to ${fixed(row.ci_high, 3)}`}
            </span>
          </td>
          <td>{row.null_value === null ? "–" : fixed(row.null_value, 3)}</td>
          <td>{row.batches}</td>
          <td>
            {row.partitions} × {row.runs}
          </td>
        </tr>
      ))}
    </tbody>
  );
}
