import type { PageData } from "@touchstone/report";
import { FEW, hasGold, methodLabels, narrowed, settingsOf } from "@touchstone/report/view";
import type { Setting } from "@touchstone/report/view";
import { useCallback, useMemo, useState } from "preact/hooks";
import { AccuracySection } from "./accuracy.tsx";
import { AllocationSection } from "./allocation.tsx";
import { AnswerSection } from "./answer.tsx";
import { TableSection } from "./budget-table.tsx";
import { Choices, RewardModelChoice, SettingChoice } from "./choices.tsx";
import { ComparisonSection } from "./comparisons.tsx";
import { CostSection } from "./cost.tsx";
import { DiagnosticsSection } from "./diagnostics.tsx";
import { Header } from "./header.tsx";
import { LearningSection } from "./learning.tsx";
import { Highlighting } from "./legend.tsx";
import { firstHighlights, paletteOf, toggled } from "./palette.ts";
import { NoGoldSection } from "./no-gold.tsx";
import { ProblemSection } from "./problems.tsx";
import { ProvenanceSection } from "./provenance.tsx";
import { ProxySection } from "./proxy.tsx";
import { TuningSection } from "./tuning.tsx";

/** The whole page, from the question's answer down to how it was made. */
export function Page({ run }: { run: PageData }) {
  const settings = useMemo(() => settingsOf(run), [run]);
  const [chosen, choose] = useState(0);
  const whole = settings[chosen]!;
  const [rewardModels, chooseRewardModel] = useState(() => settings.map(firstRewardModel));
  const setting = useMemo(() => narrowed(whole, rewardModels[chosen]!), [whole, rewardModels, chosen]);
  const [highlights, highlight] = useState(() => settings.map(firstHighlights));
  const palette = useMemo(() => paletteOf(whole.series, highlights[chosen]!), [whole, highlights, chosen]);
  const toggle = useCallback(
    (label: string) => highlight((all) => all.with(chosen, toggled(all[chosen]!, label))),
    [chosen],
  );
  return (
    <Highlighting.Provider value={toggle}>
      <Header run={run} setting={whole} />
      <main>
        <Choices>
          <SettingChoice settings={settings} chosen={chosen} choose={choose} />
          <RewardModelChoice
            setting={whole}
            chosen={rewardModels[chosen]!}
            choose={(name) => chooseRewardModel((all) => all.with(chosen, name))}
          />
        </Choices>
        <AnswerSection run={run} setting={whole} />
        {hasGold(whole) ? (
          <>
            <TableSection setting={setting} />
            <AccuracySection setting={setting} palette={palette} />
            <ProxySection setting={setting} palette={palette} />
            <CostSection key={`cost ${setting.key}`} run={run} setting={setting} palette={palette} />
            <ComparisonSection key={`comparisons ${setting.key}`} setting={setting} />
          </>
        ) : (
          <NoGoldSection setting={setting} />
        )}
        <LearningSection run={run} setting={whole} />
        <AllocationSection run={run} setting={whole} />
        <TuningSection run={run} setting={setting} />
        <DiagnosticsSection run={run} setting={whole} />
        <ProblemSection key={`problems ${setting.key}`} run={run} setting={setting} />
        <ProvenanceSection run={run} />
      </main>
    </Highlighting.Provider>
  );
}

/** All of them where the methods are few; otherwise one after the other, since every group has nearly all methods. */
function firstRewardModel(setting: Setting): string | null {
  return methodLabels(setting).length > FEW && setting.groups.length > 1 ? setting.groups[0]!.rewardModel : null;
}
