import type { DiagnosticRow } from "@touchstone/core";
import type { PageData } from "@touchstone/report";
import { plantedIn, whole } from "@touchstone/report/view";
import type { Setting } from "@touchstone/report/view";
import type { ComponentChildren } from "preact";
import { RewardModelName, Scroll, Section } from "./text.tsx";

/** Named numbers about the pool, the reward models and the methods. */
export function DiagnosticsSection({ run, setting }: { run: PageData; setting: Setting }) {
  const rows = run.diagnostics.filter(
    (row) => row.dataset === setting.dataset && row.split === setting.split && row.model === setting.model,
  );
  if (rows.length === 0) return null;
  const own = rows.some((row) => row.decoding === setting.decoding)
    ? rows.filter((row) => row.decoding === setting.decoding)
    : rows;
  const { pool = [], "reward-model": rewardModels = [], ...methods } = Object.groupBy(own, (row) => row.subject);
  return (
    <Section
      id="diagnostics"
      title="Diagnostics"
      lead="What the pool holds, how well each reward model ranks right over wrong on the same problem, and what the methods say of themselves. ± is 1.96 standard errors over problems, clustered; n counts the problems on which a number is defined."
    >
      <div class="diagnostics">
        {pool.length > 0 && (
          <Part title="The pool">
            <NumberTable rows={pool} />
          </Part>
        )}
        {rewardModels.length > 0 && (
          <Part title="Reward models">
            <RewardModelTable rows={rewardModels.filter(({ name }) => name !== "planted")} setting={setting} />
          </Part>
        )}
      </div>
      <ChainTable rows={Object.values(methods).flatMap((numbers) => numbers!)} setting={setting} />
      {Object.keys(methods).length > 0 && (
        <Part title="What methods say of themselves">
          <div class="subjects">
            {Object.entries(methods).map(([method, numbers]) => (
              <details key={method}>
                <summary>
                  {subjectName(method, setting)}{" "}
                  <span class="none">{numbers!.length === 1 ? "1 number" : `${numbers!.length} numbers`}</span>
                </summary>
                <NumberTable rows={numbers!} />
              </details>
            ))}
          </div>
        </Part>
      )}
    </Section>
  );
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div>
      <h3>{title}</h3>
      {children}
    </div>
  );
}

/** What tells how well a chain moved, in the order in which it is read. */
const CHAIN_COLUMNS = [
  ["chain_steps", "Steps"],
  ["acceptance_rate", "Acceptance rate"],
  ["effective_sample_size", "Effective sample size"],
  ["kept_prefix_share", "Kept prefix, share"],
  ["failed_rewards", "Failed rewards"],
] as const;

/** How well each chain moved, a row a budget: a chain that never moves is one sample, however long it is. */
function ChainTable({ rows, setting }: { rows: readonly DiagnosticRow[]; setting: Setting }) {
  const keyOf = (row: DiagnosticRow) => JSON.stringify([row.subject, row.reward_model, row.budget]);
  const chains = [...Map.groupBy(rows, keyOf).values()].filter((own) =>
    own.some(({ name }) => name === "acceptance_rate"),
  );
  if (chains.length === 0) return null;
  return (
    <Part title="How the chains moved">
      <Scroll label="How the chains moved">
        <table class="chains">
          <caption class="sr-only">Acceptance rate and effective sample size of every chain</caption>
          <thead>
            <tr>
              <th scope="col" class="text sticky">
                Chain
              </th>
              <th scope="col" class="text">
                Reward model
              </th>
              <th scope="col">Budget</th>
              {CHAIN_COLUMNS.map(([name, title]) => (
                <th key={name} scope="col">
                  {title}
                </th>
              ))}
              <th scope="col">n</th>
            </tr>
          </thead>
          <tbody>
            {chains.map((own) => {
              const first = own[0]!;
              return (
                <tr key={keyOf(first)}>
                  <th scope="row" class="sticky">
                    {subjectName(first.subject, setting)}
                  </th>
                  <td class="text">
                    <RewardModelName name={first.reward_model} planted={plantedIn(setting, first.reward_model)} />
                  </td>
                  <td>{first.budget ?? ""}</td>
                  {CHAIN_COLUMNS.map(([name]) => {
                    const row = own.find((one) => one.name === name);
                    return <td key={name}>{row ? valueText(row) : "–"}</td>;
                  })}
                  <td>{Math.max(...own.map(({ problems }) => problems))}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </Part>
  );
}

/** One number a row. */
function NumberTable({ rows }: { rows: readonly DiagnosticRow[] }) {
  const withModel = rows.some((row) => row.reward_model !== "");
  const withBudget = rows.some((row) => row.budget !== null);
  return (
    <Scroll label={`Diagnostics of ${rows[0]!.subject}`}>
      <table>
        <caption class="sr-only">Diagnostics of {rows[0]!.subject}</caption>
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
            <tr key={`${row.name} ${row.reward_model} ${row.budget}`}>
              <th scope="row" class="sticky">
                {nameOf(row)}
              </th>
              {withModel && <td class="text">{row.reward_model}</td>}
              {withBudget && <td>{row.budget ?? ""}</td>}
              <td>{valueText(row)}</td>
              <td>{row.problems}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** One reward model a column, to be read across. */
function RewardModelTable({ rows, setting }: { rows: readonly DiagnosticRow[]; setting: Setting }) {
  const models = [...new Set(rows.map((row) => row.reward_model))];
  const byName = [...Map.groupBy(rows, nameOf)];
  return (
    <Scroll label="Diagnostics of the reward models">
      <table>
        <caption class="sr-only">Diagnostics of the reward models</caption>
        <thead>
          <tr>
            <th scope="col" class="text sticky">
              What
            </th>
            {models.map((model) => (
              <th key={model} scope="col">
                <RewardModelName name={model} planted={plantedIn(setting, model)} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {byName.map(([name, own]) => (
            <tr key={name}>
              <th scope="row" class="sticky">
                {name}
              </th>
              {models.map((model) => {
                const row = own.find((one) => one.reward_model === model);
                return (
                  <td key={model}>
                    {row ? valueText(row) : "–"}
                    {row && <small>n = {row.problems}</small>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** A method's subject is its name, followed by its parameters where the run has several variants of it. */
function subjectName(subject: string, setting: Setting): string {
  const variant = setting.series.find(({ method, parameters }) => subject === `${method} ${parameters}`);
  return variant?.name ?? subject;
}

function nameOf({ name }: DiagnosticRow): string {
  return name.replaceAll("_", " ");
}

/** The value with four significant digits, and its uncertainty to the same decimal. */
function valueText({ value, standard_error: error }: DiagnosticRow): string {
  if (value === null) return "undefined";
  if (!error && Number.isInteger(value)) return whole(value);
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  const decimals = Math.min(6, Math.max(0, Math.abs(value) < 1 ? 3 : 3 - magnitude));
  const shown = value.toFixed(decimals).replace("-", "\u2212");
  return error === null ? shown : `${shown} ± ${(1.96 * error).toFixed(decimals)}`;
}
