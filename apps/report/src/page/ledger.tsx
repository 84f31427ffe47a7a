import type { LedgerRow, ResultRow } from "@touchstone/core";
import type { PageData } from "@touchstone/report";
import { budgetText, compact, plantedIn, reads } from "@touchstone/report/view";
import type { Setting } from "@touchstone/report/view";
import { RewardModelName, Scroll } from "./text.tsx";

/** Tokens per problem of forward passes that neither draw nor reward; null where they were not counted. */
export type OtherTokens = (row: ResultRow) => number | null;

/** results.csv has no column for them: they are the mean over the problems and seeds of the ledger's row. */
export function otherTokensOf(ledger: readonly LedgerRow[]): OtherTokens {
  const keyOf = (row: LedgerRow | ResultRow) =>
    JSON.stringify([
      [row.dataset, row.split, row.model, row.decoding],
      [row.method, row.parameters, row.parameters_source, row.reward_model, row.budget],
    ]);
  const deciding = ledger.filter(({ purpose }) => purpose === "decide");
  const means = new Map(
    deciding.map((row) => {
      const { extra_forward_tokens: tokens, problems, seeds } = row;
      return [keyOf(row), tokens === null ? null : tokens / (problems * seeds)];
    }),
  );
  return (row) => means.get(keyOf(row)) ?? (means.has(keyOf(row)) ? null : 0);
}

/** What was spent before the first decision: on learning from labelled problems, and on choosing parameters. */
export function BesideDecisions({ run, setting }: { run: PageData; setting: Setting }) {
  const rows = (run.ledger ?? []).filter(
    (row) =>
      row.purpose !== "decide" &&
      row.dataset === setting.dataset &&
      row.model === setting.model &&
      row.decoding === setting.decoding &&
      (row.reward_model === "" || setting.groups.some(({ rewardModel }) => reads(row.reward_model, rewardModel))),
  );
  if (rows.length === 0) return null;
  return (
    <>
      <h3>Spent before the first decision</h3>
      <Scroll label="What learning and tuning spent">
        <table class="beside">
          <caption class="sr-only">Sums of what each method spent on learning and on tuning</caption>
          <thead>
            <tr>
              {["Method", "Reward model", "On what"].map((name, i) => (
                <th key={name} scope="col" class={i === 0 ? "text sticky" : "text"}>
                  {name}
                </th>
              ))}
              {["Samples", "Prompt tokens", "Completion tokens", "Reward tokens", "Other tokens", "FLOPs"].map(
                (name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={JSON.stringify(row)} row={row} setting={setting} />
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="key-line">
        Sums over problems and seeds, each as if it came alone: trials of a run share the pool’s draws. Other tokens are
        those of forward passes that neither draw nor reward, and of training. ledger.csv has every row of every budget.
      </p>
    </>
  );
}

function Row({ row, setting }: { row: LedgerRow; setting: Setting }) {
  const number = (value: number | null) => (value === null ? "–" : compact(value));
  const other =
    row.extra_forward_tokens === null || row.training_tokens === null
      ? null
      : row.extra_forward_tokens + row.training_tokens;
  const amounts = [row.samples, row.prompt_tokens, row.completion_tokens, row.reward_tokens, other, row.flops];
  return (
    <tr>
      <th scope="row" class="sticky">
        {nameOf(row, setting)}
      </th>
      <td class="text">
        {row.reward_model !== "" && (
          <RewardModelName name={row.reward_model} planted={plantedIn(setting, row.reward_model)} />
        )}
      </td>
      <td class="text">{purposeText(row)}</td>
      {amounts.map((value, i) => (
        <td key={i}>{number(value)}</td>
      ))}
    </tr>
  );
}

function purposeText({ purpose, problems, seeds, split, trials, budget, budget_unit: unit }: LedgerRow): string {
  const where = `${problems} ${split} problems at ${budgetText(budget, unit)}${seeds > 1 ? `, ${seeds} seeds` : ""}`;
  return purpose === "learn" ? `learning from ${where}` : `tuning: ${trials} trials on ${where}`;
}

/** What the tables call it. */
function nameOf(row: LedgerRow, { series }: Setting): string {
  const own = series.find(
    ({ method, parameters, rewardModel, rows }) =>
      method === row.method &&
      parameters === row.parameters &&
      rewardModel === row.reward_model &&
      rows[0]!.parameters_source === row.parameters_source,
  );
  return own?.name ?? row.method;
}
