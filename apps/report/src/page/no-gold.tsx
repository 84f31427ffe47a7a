import { curve, fixed, PROXY } from "@touchstone/report/view";
import type { Group, Setting } from "@touchstone/report/view";
import { GroupTitle, Scroll, Section } from "./text.tsx";

/** Where nothing says which answers are right: the mean reward of every method's decisions, and no accuracy. */
export function NoGoldSection({ setting }: { setting: Setting }) {
  const groups = setting.groups.filter(({ rewardModel }) => rewardModel !== "");
  return (
    <Section
      id="rewards"
      title="No gold: rewards of the decisions"
      lead={`Nothing says which responses to these ${setting.problems} problems are right, so that there is no accuracy and no method is better or worse than another. Below stands what the reward model that a method follows gives its decisions on average, in the model's own units: following a reward raises it whether or not answers become better.`}
    >
      {groups.length === 0 && <p class="note">No reward model scored these responses either.</p>}
      {groups.map((group) => (
        <Rewards key={group.rewardModel} group={group} budgets={setting.budgets} />
      ))}
    </Section>
  );
}

function Rewards({ group, budgets }: { group: Group; budgets: readonly number[] }) {
  const rows = group.series.filter((series) => curve(series, PROXY).length > 0);
  return (
    <>
      <h3>
        <GroupTitle group={group} />
      </h3>
      <Scroll label={`Mean reward by ${group.rewardModel}`}>
        <table>
          <caption class="sr-only">Mean reward of the decisions by {group.rewardModel}, by method and budget</caption>
          <thead>
            <tr>
              <th scope="col" class="text">
                Method
              </th>
              {budgets.map((budget) => (
                <th key={budget} scope="col">
                  {budget.toLocaleString("en-US")}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((series) => (
              <tr key={series.key}>
                <th scope="row">{series.label}</th>
                {budgets.map((budget) => {
                  const row = curve(series, PROXY).find((one) => one.budget === budget);
                  return <td key={budget}>{row ? fixed(row.estimate, 3) : "–"}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
