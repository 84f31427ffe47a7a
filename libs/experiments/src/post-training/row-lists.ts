import type { Conducted, ConductedScene, ConductedSetting } from "./conduct.ts";

/** A run as a row of its setting: one run may serve several. */
export interface SettingRun {
  readonly one: ConductedSetting;
  readonly run: Conducted;
}

export function finals({ settings }: ConductedScene): readonly SettingRun[] {
  return settings.flatMap((one) => one.finals.map((run) => ({ one, run })));
}

/** Trials too. */
export function everyRun({ settings }: ConductedScene): readonly SettingRun[] {
  return settings.flatMap((one) => [...one.trials, ...one.finals].map((run) => ({ one, run })));
}
