import type { Catalogue } from "@touchstone/evaluation";
import {
  cellsOfSide,
  placeOf,
  untrainedSides,
  type CellChoice,
  type Claim,
  type ClaimSetting,
  type TrainedResults,
} from "@touchstone/evaluation/claims";
import { howToTrain } from "./trained.ts";

/** One world and reward model in which a claim is judged; a claim that is run elsewhere has one place without a name. */
export interface Place {
  readonly claim: Claim;
  /** Of the claim's cases; −1 for a claim that is run elsewhere. */
  readonly index: number;
  readonly name: string;
  readonly settings: readonly ClaimSetting[];
  readonly cells: readonly CellChoice[];
}

export function placesOf(claim: Claim): readonly Place[] {
  const { measure } = claim;
  switch (measure.kind) {
    case "paired":
      return measure.cases.map((one, index) => ({
        claim,
        index,
        name: placeOf(one),
        settings: distinct(one.parts.map((part) => part.setting ?? one.setting)),
        cells: one.parts.flatMap(({ left, right }) => [...cellsOfSide(left), ...cellsOfSide(right)]),
      }));
    case "allocation":
      return measure.cases.map((one, index) => ({
        claim,
        index,
        name: placeOf(one),
        settings: [one.setting],
        cells: [],
      }));
    case "information":
      return measure.cases.map((one, index) => ({
        claim,
        index,
        name: placeOf(one),
        settings: [one.setting],
        cells: [one.cell],
      }));
    case "trained":
      return measure.cases.map((one, index) => ({
        claim,
        index,
        name: placeOf({ ...one, setting: one }),
        settings: distinct(untrainedSides(one.parts).map(({ setting }) => setting)),
        cells: untrainedSides(one.parts).map(({ cell }) => cell),
      }));
    case "elsewhere":
      return [{ claim, index: -1, name: "", settings: [], cells: [] }];
  }
}

/** Why a place cannot be run with what there is; undefined where it can. */
export function missingFor(
  { claim, index, settings, cells }: Place,
  catalogue: Catalogue,
  trained: ReadonlyMap<string, TrainedResults>,
): string | undefined {
  const { measure } = claim;
  if (measure.kind === "elsewhere") return `needs ${measure.needs}: ${measure.why}`;
  if (measure.kind === "trained") {
    const { experiment } = measure.cases[index]!;
    if (!trained.has(experiment)) return howToTrain(experiment);
  }
  const unknown = cells.find((cell) => !catalogue.methods.some(({ name }) => name === cell.method));
  if (unknown) return `there is no method ${unknown.method}`;
  for (const { dataset, model, rewardModels } of settings) {
    if (!catalogue.datasets.some(({ name }) => name === dataset)) return `there is no dataset ${dataset}`;
    if (!catalogue.models.includes(model)) return `there is no model ${model}`;
    const absent = rewardModels.find((name) => !catalogue.rewardModels.includes(name));
    if (absent !== undefined) return `there is no reward model ${absent}`;
  }
  return undefined;
}

function distinct(settings: readonly ClaimSetting[]): readonly ClaimSetting[] {
  return [...new Map(settings.map((setting) => [setting.name, setting])).values()];
}
