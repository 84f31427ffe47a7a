import type { AllocationCase, ClaimSetting } from "@touchstone/evaluation/claims";
import * as arith from "./arith.ts";
import * as instruct from "./instruct.ts";

/** AdaBoN's own setting: K = 5, B = 120, d = .75 B (second-hand). */
export const ADABON = { exploration: 0.75, rule: "adaptive" } as const;
export const BUDGET = 120;

/** With every reward model of instruct, and with arith-good. */
export function everywhere(against: AllocationCase["against"]): readonly AllocationCase[] {
  return [
    ...instruct.REWARD_MODELS.map((rewardModel) => place(instruct.ALLOCATION, rewardModel, against)),
    place(arith.ALLOCATION, "arith-good", against),
  ];
}

function place(setting: ClaimSetting, rewardModel: string, against: AllocationCase["against"]): AllocationCase {
  return { setting, rewardModel, batchSize: 5, budget: BUDGET, policy: ADABON, against };
}
