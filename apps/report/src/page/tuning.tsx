import type { TuningRow } from "@touchstone/core";
import type { PageData } from "@touchstone/report";
import { budgetText, percent, plantedIn, reads } from "@touchstone/report/view";
import type { Setting } from "@touchstone/report/view";
import { TrialPlots } from "./trials.tsx";
import { RewardModelName, Scroll, Section } from "./text.tsx";

/** What validation chose for each method and reward model; absent where the suite tunes nothing. */
export function TuningSection({ run, setting }: { run: PageData; setting: Setting }) {
  const rows = (run.tuning ?? []).filter(
    (row) =>
      row.dataset === setting.dataset &&
      row.model === setting.model &&
      row.decoding === setting.decoding &&
      (row.reward_model === "" || setting.groups.some(({ rewardModel }) => reads(row.reward_model, rewardModel))),
  );
  const { tuning } = run.manifest;
  const groups = [...Map.groupBy(rows, (row) => JSON.stringify([row.method, row.reward_model, ownOf(row, rows)]))];
  if (!tuning || groups.length === 0) return null;
  const [first] = rows;
  return (
    <Section
      id="tuning"
      title="Chosen on validation"
      lead={`Rows marked “tuned” have the parameters with the highest accuracy at ${budgetText(tuning.budget, setting.unit)} on ${first!.problems} ${first!.split} problems, among ${tuning.trials} trials at most for every method and reward model; the method’s own parameters are one of them. No problem of ${setting.split} was looked at. Every trial is in tuning.csv.`}
    >
      <TrialPlots groups={groups.map(([, trials]) => trials)} setting={setting} />
      <Scroll label="Parameters chosen on validation">
        <table>
          <caption class="sr-only">Parameters chosen on validation</caption>
          <thead>
            <tr>
              {["Method", "Reward model", "Own parameters", "Chosen"].map((name, i) => (
                <th key={name} scope="col" class={i === 0 ? "text sticky" : "text"}>
                  {name}
                </th>
              ))}
              {["Own, %", "Chosen, %", "Trials"].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {groups.map(([key, trials]) => {
              const own = trials[0]!;
              const chosen = trials.find((row) => row.chosen)!;
              return (
                <tr key={key}>
                  <th scope="row" class="sticky">
                    {own.method}
                  </th>
                  <td class="text">
                    {own.reward_model !== "" && (
                      <RewardModelName name={own.reward_model} planted={plantedIn(setting, own.reward_model)} />
                    )}
                  </td>
                  <td class="text">{parametersText(own, chosen)}</td>
                  <td class="text">{chosen === own ? "the same" : parametersText(chosen, own)}</td>
                  <td>{own.estimate === null ? "–" : percent(own.estimate)}</td>
                  <td>{chosen.estimate === null ? "–" : percent(chosen.estimate)}</td>
                  <td>{trials.length}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </Section>
  );
}

/** The trial 0 that a row belongs to: rows of one entry of the suite follow each other, its own parameters first. */
function ownOf(row: TuningRow, rows: readonly TuningRow[]): string {
  return rows.slice(0, rows.indexOf(row) + 1).findLast(({ trial }) => trial === 0)!.parameters;
}

/** What differs between two sets of parameters, or all of them where nothing does. */
function parametersText({ parameters }: TuningRow, other: TuningRow): string {
  const mine = JSON.parse(parameters) as Record<string, unknown>;
  const theirs = JSON.parse(other.parameters) as Record<string, unknown>;
  const same = parameters === other.parameters;
  return Object.entries(mine)
    .filter(([name, value]) => same || JSON.stringify(value) !== JSON.stringify(theirs[name]))
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}
