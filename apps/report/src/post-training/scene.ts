import type { PostTrainingPageData } from "@touchstone/report";

/** One world at one (m, N): what the page shows at a time. */
export interface Scene {
  readonly dataset: string;
  readonly rollouts: number;
  readonly deployed: number;
  /** Rows in the order of the comparison. */
  readonly rows: readonly string[];
  readonly data: PostTrainingPageData;
  /** The deliberate flaw of the reward model that trains and selects, or null. */
  readonly planted: string | null;
  readonly rewardModel: string;
  readonly second: string;
}

export const BASE = "base";

/** Every (dataset, m, N) of a comparison, with its own part of the tables. */
export function scenesOf(data: PostTrainingPageData): Scene[] {
  const finals = data.policies.filter(({ role }) => role !== "base");
  const keys = [...new Map(finals.map((row) => [`${row.dataset} ${row.rollouts} ${row.deployed}`, row])).values()];
  return keys.map(({ dataset, rollouts, deployed, reward_model: rewardModel, second_reward_model: second }) => {
    const here = (row: { dataset: string; rollouts: number; deployed: number }) =>
      row.dataset === dataset && row.deployed === deployed && (row.rollouts === rollouts || row.rollouts === 0);
    return {
      dataset,
      rollouts,
      deployed,
      rewardModel,
      second,
      planted: data.manifest.models.find(({ name }) => name === rewardModel)?.planted ?? null,
      rows: [...new Set(finals.filter(here).map(({ row }) => row))],
      data: {
        ...data,
        policies: data.policies.filter(here),
        traces: data.traces.filter(here),
        curves: data.curves.filter(here),
        effects: data.effects.filter(here),
        payOff: data.payOff.filter(here),
        tail: data.tail.filter((row) => row.dataset === dataset && (row.rollouts === 0 || here(row))),
        ledger: data.ledger.filter(here),
      },
    };
  });
}

/** Mean of what is known; null where nothing is. */
export function average(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Points of several lines with one x each, averaged: the mean over seeds of what all of them have. */
export function averageLine(
  lines: readonly { readonly x: readonly number[]; readonly y: readonly (number | null)[] }[],
): { readonly x: number; readonly y: number }[] {
  const first = lines[0];
  if (first === undefined) return [];
  return first.x.flatMap((x, i) => {
    const y = average(lines.map((line) => line.y[i] ?? null));
    return y === null ? [] : [{ x, y }];
  });
}

/** The same colour and shape in every figure; the base policy is grey and dashed. */
export function lookOf(row: string, rows: readonly string[]): { readonly color: string; readonly dash: string } {
  if (row === BASE) return { color: "var(--soft)", dash: "5 4" };
  const place = rows.indexOf(row);
  return { color: `var(--series-${place % 8})`, dash: place < 8 ? "none" : "2 3" };
}
