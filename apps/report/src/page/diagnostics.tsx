import type { DiagnosticRow } from "@touchstone/core";
import type { PageData } from "@touchstone/report";
import type { Setting } from "@touchstone/report/view";
import { plantedIn, RewardModelName, Scroll, Section } from "./text.tsx";

/** Named numbers about the pool, the reward models and the methods. */
export function DiagnosticsSection({ run, setting }: { run: PageData; setting: Setting }) {
  const rows = run.diagnostics.filter(
    (row) => row.dataset === setting.dataset && row.split === setting.split && row.model === setting.model,
  );
  if (rows.length === 0) return null;
  const subjects = [...Map.groupBy(rows, (row) => row.subject)].toSorted(([a], [b]) => rank(a) - rank(b));
  return (
    <Section
      id="diagnostics"
      title="Diagnostics"
      lead="What the pool holds, how well each reward model ranks right over wrong on the same problem, and what the methods say of themselves. ± is 1.96 standard errors over problems."
    >
      <div class="diagnostics">
        {subjects.map(([subject, own]) => (
          <SubjectTable key={subject} subject={subject} rows={own} run={run} setting={setting} />
        ))}
      </div>
    </Section>
  );
}

function rank(subject: string): number {
  return subject === "pool" ? 0 : subject === "reward-model" ? 1 : 2;
}

function SubjectTable(props: { subject: string; rows: readonly DiagnosticRow[]; run: PageData; setting: Setting }) {
  const { subject, rows, setting } = props;
  const title = subject === "pool" ? "The pool" : subject === "reward-model" ? "Reward models" : subject;
  const withModel = rows.some((row) => row.reward_model !== "");
  const withBudget = rows.some((row) => row.budget !== null);
  const table = (
    <Scroll label={`Diagnostics: ${title}`}>
      <table>
        <caption class="sr-only">Diagnostics: {title}</caption>
        <thead>
          <tr>
            <th scope="col" class="text sticky">
              What
            </th>
            {withModel && (
              <th scope="col" class="text">
                Reward model
              </th>
            )}
            {withBudget && <th scope="col">Budget</th>}
            <th scope="col">Value</th>
            <th scope="col">n</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.name} ${row.reward_model} ${row.budget} ${row.decoding}`}>
              <th scope="row" class="sticky">
                {row.name.replaceAll("_", " ")}
              </th>
              {withModel && (
                <td class="text">
                  {row.reward_model && (
                    <RewardModelName name={row.reward_model} planted={plantedIn(setting, row.reward_model)} />
                  )}
                </td>
              )}
              {withBudget && <td>{row.budget ?? ""}</td>}
              <td>{valueText(row)}</td>
              <td>{row.problems}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
  return (
    <div>
      <h3>{title}</h3>
      {rows.length > 14 ? (
        <details>
          <summary>{rows.length} numbers</summary>
          {table}
        </details>
      ) : (
        table
      )}
    </div>
  );
}

/** The value to the digit that its uncertainty leaves standing, four significant ones at most. */
function valueText({ value, standard_error: error }: DiagnosticRow): string {
  if (value === null) return "undefined";
  const significant = value === 0 ? 1 : Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value))));
  const decimals = Math.min(6, Math.abs(value) >= 1000 ? 0 : significant);
  const shown = value.toFixed(decimals).replace("-", "\u2212");
  return error === null ? shown : `${shown} ± ${(1.96 * error).toFixed(decimals)}`;
}
