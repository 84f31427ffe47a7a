import type { PageData } from "@touchstone/report";
import { settingsOf } from "@touchstone/report/view";
import { useMemo, useState } from "preact/hooks";
import { AccuracySection } from "./accuracy.tsx";
import { AnswerSection } from "./answer.tsx";
import { TableSection } from "./budget-table.tsx";
import { ComparisonSection } from "./comparisons.tsx";
import { CostSection } from "./cost.tsx";
import { DiagnosticsSection } from "./diagnostics.tsx";
import { Header, SettingChoice } from "./header.tsx";
import { paletteOf } from "./palette.ts";
import { ProblemSection } from "./problems.tsx";
import { ProvenanceSection } from "./provenance.tsx";
import { ProxySection } from "./proxy.tsx";
import { TuningSection } from "./tuning.tsx";

/** The whole page, from the question's answer down to how it was made. */
export function Page({ run }: { run: PageData }) {
  const settings = useMemo(() => settingsOf(run), [run]);
  const [chosen, choose] = useState(0);
  const setting = settings[chosen]!;
  const palette = useMemo(() => paletteOf(setting.series), [setting]);
  return (
    <>
      <Header run={run} setting={setting} />
      <main>
        <SettingChoice settings={settings} chosen={chosen} choose={choose} />
        <AnswerSection run={run} setting={setting} />
        <TableSection setting={setting} />
        <AccuracySection setting={setting} palette={palette} />
        <ProxySection setting={setting} palette={palette} />
        <CostSection key={`cost ${setting.key}`} setting={setting} palette={palette} />
        <ComparisonSection key={`comparisons ${setting.key}`} setting={setting} />
        <TuningSection run={run} setting={setting} />
        <DiagnosticsSection run={run} setting={setting} />
        <ProblemSection key={`problems ${setting.key}`} run={run} setting={setting} />
        <ProvenanceSection run={run} />
      </main>
    </>
  );
}
