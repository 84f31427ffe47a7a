import type { AllocationRow } from "@touchstone/core";
import { allocationRows } from "@touchstone/evaluation";
import { judge, type Evidence, type TrainedResults, type Verdict } from "@touchstone/evaluation/claims";
import { METHODS } from "../methods.ts";
import type { Gathered } from "./gather.ts";
import type { Place } from "./places.ts";

/** What the runs of settings say, as far as they have been made. */
export class Evidences {
  readonly #gathered = new Map<string, Gathered>();
  readonly #allocation = new Map<string, AllocationRow>();
  readonly #trained: ReadonlyMap<string, TrainedResults>;
  readonly #descriptive: boolean;

  /** `trained`: what experiments have written; `descriptive`: the runs are smaller than claims say, and decide nothing. */
  constructor(trained: ReadonlyMap<string, TrainedResults>, descriptive: boolean) {
    this.#trained = trained;
    this.#descriptive = descriptive;
  }

  add(setting: string, gathered: Gathered): void {
    this.#gathered.set(setting, gathered);
  }

  has(settings: Place["settings"]): boolean {
    return settings.every(({ name }) => this.#gathered.has(name));
  }

  /** Rows of allocation.csv: every study that a verdict stands on, once. */
  get allocation(): readonly AllocationRow[] {
    return [...this.#allocation.values()];
  }

  judge({ claim, index }: Place): Verdict {
    const found = (setting: string): Gathered => this.#gathered.get(setting)!;
    const evidence: Evidence = {
      methods: METHODS,
      tables: (setting, on) => found(setting)[on]!,
      rewards: (setting, rewardModel) => found(setting).rewards!.get(rewardModel)!,
      choices: (setting, cell, row) => found(setting).choices.get(cell)![row],
      trained: (experiment) => this.#trained.get(experiment)!,
      planted: (rewardModel) =>
        [...this.#gathered.values()].flatMap(({ planted }) => planted.get(rewardModel) ?? [])[0] ?? null,
      onStudy: ({ setting, rewardModel, study, outcomes }) => {
        const scene = { ...found(setting.name).scene, reward_model: rewardModel };
        // Two claims may stand on one study.
        for (const row of allocationRows(scene, study, outcomes)) this.#allocation.set(JSON.stringify(row), row);
      },
      descriptive: this.#descriptive,
    };
    return judge(claim, [index], evidence)[0]!;
  }
}
