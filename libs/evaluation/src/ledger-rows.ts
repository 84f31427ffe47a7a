import type { LedgerRow, Spend } from "@touchstone/core";
import { cellValue, type CellResult } from "./cell-record.ts";
import type { FitSpend } from "./fit.ts";
import type { Scene } from "./rows.ts";

/** One row a method's cell: what deciding every problem once has spent. `bySeed` holds the same cell of every seed. */
export function decidingRows(scene: Scene, bySeed: readonly CellResult[]): LedgerRow[] {
  const { head, budget } = bySeed[0]!;
  const spends = bySeed.flatMap(({ problems }) => problems.map(({ spend }) => spend));
  if (head.kind !== "method" || spends.length === 0) return [];
  const { kind: _, ...who } = head;
  return [
    {
      ...placeOf(scene),
      ...who,
      budget_unit: scene.unit,
      budget,
      purpose: "decide",
      problems: bySeed[0]!.problems.length,
      seeds: bySeed.length,
      trials: 1,
      ...sumOf(spends),
    },
  ];
}

/** One row a learner and budget: what learning from all labelled problems has spent. `fits` are those of all seeds. */
export function learningRows(scene: Scene, split: string, fits: readonly FitSpend[]): LedgerRow[] {
  const ascending = fits.toSorted((a, b) => a.budget - b.budget);
  const cells = Map.groupBy(ascending, ({ contender: { method, parameters, choice, rewardModel }, budget }) =>
    JSON.stringify([method.name, parameters, choice.source, rewardModel, budget]),
  );
  return Array.from(cells.values(), (ofSeeds) => {
    const { contender, budget, problems } = ofSeeds[0]!;
    return {
      ...placeOf(scene),
      split,
      method: contender.method.name,
      parameters: contender.parameters,
      parameters_source: contender.choice.source,
      reward_model: contender.rewardModel,
      budget_unit: scene.unit,
      budget,
      purpose: "learn",
      problems,
      seeds: ofSeeds.length,
      trials: 1,
      ...sumOf(ofSeeds.map(({ spend }) => spend)),
    };
  });
}

/** What validation spent on choosing a row's parameters: the sum over its trials, on deciding and on learning. */
export function tuningRow(
  { parameters }: Pick<LedgerRow, "parameters">,
  trials: readonly string[],
  rows: readonly LedgerRow[],
): LedgerRow {
  const first = rows.find(({ purpose }) => purpose === "decide")!;
  const sum = (column: keyof Amounts): number | null =>
    cellValue(rows.reduce((total, row) => total + (row[column] ?? Number.NaN), 0));
  return {
    ...first,
    parameters,
    parameters_source: "validation",
    purpose: "tune",
    trials: trials.length,
    samples: sum("samples"),
    prompt_tokens: sum("prompt_tokens"),
    completion_tokens: sum("completion_tokens"),
    reward_tokens: sum("reward_tokens"),
    extra_forward_tokens: sum("extra_forward_tokens"),
    training_tokens: sum("training_tokens"),
    flops: sum("flops"),
  };
}

type Amounts = Pick<
  LedgerRow,
  | "samples"
  | "prompt_tokens"
  | "completion_tokens"
  | "reward_tokens"
  | "extra_forward_tokens"
  | "training_tokens"
  | "flops"
>;

/** Null where a part is not known. */
function sumOf(spends: readonly Spend[]): Amounts {
  const total = (value: (spend: Spend) => number): number | null =>
    cellValue(spends.reduce((sum, spend) => sum + value(spend), 0));
  return {
    samples: total((spend) => spend.samples),
    prompt_tokens: total((spend) => spend.promptTokens),
    completion_tokens: total((spend) => spend.completionTokens),
    reward_tokens: total((spend) => spend.rewardTokens),
    extra_forward_tokens: total((spend) => spend.extraForwardTokens),
    training_tokens: total((spend) => spend.trainingTokens),
    flops: total((spend) => spend.flops),
  };
}

function placeOf({ suite, dataset, split, model, decoding }: Scene) {
  return { suite, dataset, split, model, decoding };
}
