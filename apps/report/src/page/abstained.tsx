import type { PageData } from "@touchstone/report";
import { abstentionsOf, budgetText, fixed, plantedIn } from "@touchstone/report/view";
import type { Setting } from "@touchstone/report/view";
import { RewardModelName, Scroll } from "./text.tsx";

/** Why methods gave no answer at the largest budget; absent where all decided everything. */
export function Abstained({ run, setting }: { run: PageData; setting: Setting }) {
  const budget = setting.budgets.at(-1)!;
  const rows = setting.series
    .filter(({ kind }) => kind === "method")
    .flatMap((series) =>
      abstentionsOf(run.diagnostics, setting, series, budget).map((abstention) => ({ series, ...abstention })),
    );
  // Seeds of one method have their reasons in common.
  const once = [
    ...new Map(rows.map((row) => [`${row.series.name} ${row.series.rewardModel} ${row.reason}`, row])).values(),
  ];
  if (once.length === 0) return null;
  return (
    <>
      <h3>Why methods abstained at {budgetText(budget, setting.unit)}</h3>
      <Scroll label="Why methods abstained">
        <table class="abstained">
          <caption class="sr-only">Reasons for which methods gave no answer, with the share of the problems</caption>
          <thead>
            <tr>
              {["Method", "Reward model", "Why"].map((name, i) => (
                <th key={name} scope="col" class={i === 0 ? "text sticky" : "text"}>
                  {name}
                </th>
              ))}
              <th scope="col">Problems, %</th>
            </tr>
          </thead>
          <tbody>
            {once.map(({ series, reason, share }) => (
              <tr key={`${series.key} ${reason}`}>
                <th scope="row" class="sticky">
                  {series.name}
                </th>
                <td class="text">
                  {series.rewardModel !== "" && (
                    <RewardModelName name={series.rewardModel} planted={plantedIn(setting, series.rewardModel)} />
                  )}
                </td>
                <td class="text">{reason}</td>
                <td>{fixed(100 * share, 1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
