import type { Setting } from "@touchstone/report/view";
import type { ComponentChildren } from "preact";
import { Planted } from "./text.tsx";

/** What the page shows of the run; stays in sight. */
export function Choices({ children }: { children: ComponentChildren }) {
  return <div class="choices">{children}</div>;
}

/** Chooses between datasets, models and decodings, where a run has several. */
export function SettingChoice(props: {
  settings: readonly Setting[];
  chosen: number;
  choose: (index: number) => void;
}) {
  const { settings } = props;
  if (settings.length < 2) return null;
  return (
    <label>
      Shown:{" "}
      <select value={props.chosen} onChange={(event) => props.choose(Number(event.currentTarget.value))}>
        {settings.map((setting, index) => (
          <option key={setting.key} value={index}>
            {settingName(setting, settings)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Model and dataset, with whatever else tells a setting from the others. */
function settingName(setting: Setting, settings: readonly Setting[]): string {
  const namesakes = settings.filter(({ model, dataset }) => model === setting.model && dataset === setting.dataset);
  const differs = (name: "split" | "decoding" | "unit") => new Set(namesakes.map((one) => one[name])).size > 1;
  return [
    `${setting.model} on ${setting.dataset}`,
    ...(differs("split") ? [setting.split] : []),
    ...(differs("decoding") ? [setting.decoding] : []),
    ...(differs("unit") ? [`budgets in ${setting.unit}`] : []),
  ].join(", ");
}

/** One reward model's tables and figures, or all of them; null stands for all. */
export function RewardModelChoice(props: {
  setting: Setting;
  chosen: string | null;
  choose: (rewardModel: string | null) => void;
}) {
  const { groups } = props.setting;
  if (groups.length < 2) return null;
  const planted = groups.find(({ rewardModel }) => rewardModel === props.chosen)?.planted ?? null;
  return (
    <>
      <label>
        Reward model:{" "}
        <select
          value={props.chosen ?? ALL}
          onChange={(event) => props.choose(event.currentTarget.value === ALL ? null : event.currentTarget.value)}
        >
          <option value={ALL}>all {groups.length}</option>
          {groups.map((group) => (
            <option key={group.rewardModel} value={group.rewardModel}>
              {group.rewardModel}
              {group.planted !== null && " (planted flaw)"}
            </option>
          ))}
        </select>
      </label>
      <Planted flaw={planted} />
    </>
  );
}

/** No name of a reward model holds a space. */
const ALL = "all of them";
