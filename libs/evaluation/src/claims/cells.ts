import { canonicalJson, type Method, type QuestionRow, type TuningRow } from "@touchstone/core";
import { mean } from "@touchstone/stats";
import { parametersInWords } from "../called.ts";
import { methodNamed } from "../suite.ts";
import type { CellChoice, Side } from "./claim.ts";
import type { ProblemValue } from "./effects.ts";
import { cellsOfSide, forCase } from "./suite-of.ts";

/** What a run of a setting says, as its tables hold it. */
export interface SettingTables {
  readonly questions: readonly QuestionRow[];
  readonly tuning: readonly TuningRow[];
  /** Ids of the suite's decodings, in its order. */
  readonly decodings: readonly string[];
}

/** One cell's problems with the parameters of one row. */
export interface CellValues {
  /** `best-of-n, 64`, with what tells it from others. */
  readonly label: string;
  readonly values: readonly ProblemValue[];
  readonly mean: number;
  /** Whether validation chose the parameters. */
  readonly tuned: boolean;
}

/**
 * A cell of a run: as its parameters say, or in the row that validation chose for it; the former where there is none. Throws
 * where the run has no such cell.
 */
export function cellOf(
  { questions, tuning, decodings }: SettingTables,
  methods: readonly Method[],
  cell: CellChoice,
  row: "validation" | "comparison",
): CellValues {
  const method = methodNamed(cell.method, methods);
  const spell = (given: CellChoice["parameters"]): string => canonicalJson(method.parameters.parse(given ?? {}));
  const decoding = decodings[cell.decoding ?? 0]!;
  const reads = (rewardModel: string): boolean =>
    method.needs.rewards !== "one" || rewardModel === (cell.rewardModel ?? "");
  const tried = tuning.filter(
    (one) => one.method === cell.method && one.decoding === decoding && reads(one.reward_model),
  );
  const chosen = row === "validation" ? chosenFor(tried, spell(cell.tune ?? cell.parameters)) : undefined;
  const parameters = chosen?.parameters ?? spell(cell.parameters);
  const own = questions.filter(
    (one) =>
      one.method === cell.method &&
      one.metric === "accuracy" &&
      one.decoding === decoding &&
      one.budget === cell.budget &&
      one.parameters === parameters &&
      (one.parameters_source === "validation") === (chosen !== undefined) &&
      reads(one.reward_model),
  );
  if (own.length === 0) throw new Error(`the run has no cell ${cell.method} ${parameters} at ${cell.budget}`);
  // Two entries of a suite may have been tuned to the same parameters: the same decisions twice.
  const values = [...new Map(own.map((one) => [one.problem, one])).values()].map(({ problem, cluster, estimate }) => ({
    problem,
    cluster,
    value: estimate ?? Number.NaN,
  }));
  return {
    label: labelOf(cell, parametersInWords(method, parameters), decodings),
    values,
    mean: mean(values.map(({ value }) => value).filter((value) => !Number.isNaN(value))),
    tuned: chosen !== undefined,
  };
}

/** The trial that was chosen for the entry whose own parameters these are: trials follow the entry's own, which is number 0. */
function chosenFor(tried: readonly TuningRow[], own: string): TuningRow | undefined {
  const start = tried.findIndex(({ trial, parameters }) => trial === 0 && parameters === own);
  if (start === -1) return undefined;
  const end = tried.findIndex(({ trial }, i) => i > start && trial === 0);
  return tried.slice(start, end === -1 ? undefined : end).find(({ chosen }) => chosen);
}

/** The cell that a side stands for: the only one, or the one that validation scores highest or lowest; the first of equals. */
export function cellOfSide(
  side: Side,
  rewardModel: string,
  validation: SettingTables | undefined,
  methods: readonly Method[],
): CellChoice {
  const cells = cellsOfSide(side).map((cell) => forCase(cell, rewardModel));
  if ("method" in side) return cells[0]!;
  const sign = "highest" in side ? 1 : -1;
  const scores = cells.map((cell) => sign * cellOf(validation!, methods, cell, "comparison").mean);
  return cells[scores.indexOf(Math.max(...scores))]!;
}

function labelOf(
  { method, rewardModel = "", budget, decoding }: CellChoice,
  parameters: readonly string[],
  decodings: readonly string[],
): string {
  const details = [
    ...parameters,
    ...(rewardModel === "" ? [] : [rewardModel]),
    ...(decoding === undefined ? [] : [decodings[decoding]!.split(",")[0]!]),
  ];
  return `${method}${details.length > 0 ? ` (${details.join(", ")})` : ""} at ${budget}`;
}
