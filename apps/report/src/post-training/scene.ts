import type { PostTrainingPageData } from "@touchstone/report";
import type { Highlights } from "../page/palette.ts";

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
  readonly secondPlanted: string | null;
  readonly rewardModel: string;
  readonly second: string;
}

/** Every (dataset, m, N) of a comparison, with its own part of the tables. */
export function scenesOf(data: PostTrainingPageData): Scene[] {
  const finals = data.policies.filter(({ role }) => role !== "base");
  const keys = [...new Map(finals.map((row) => [`${row.dataset} ${row.rollouts} ${row.deployed}`, row])).values()];
  return keys.map((first) => {
    const { dataset, rollouts, deployed, planted, second_planted: secondPlanted } = first;
    const { reward_model: rewardModel, second_reward_model: second } = first;
    const here = (row: { dataset: string; rollouts: number; deployed: number }) =>
      row.dataset === dataset && row.deployed === deployed && (row.rollouts === rollouts || row.rollouts === 0);
    return {
      dataset,
      rollouts,
      deployed,
      rewardModel,
      second,
      planted,
      secondPlanted,
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

/** Points of several lines at the same x, averaged: the mean over seeds of what is known. */
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

/** Rows that have a colour at first: as many as can well be told apart. */
const COLOURED = 6;

/** All rows where they are few; otherwise those with the most seeds, and then those with the best best-of-N, in the order of the comparison. */
export function firstHighlights({ rows, data }: Scene): Highlights {
  if (rows.length <= COLOURED) return rows;
  const rank = (row: string) => {
    const own = data.policies.filter((one) => one.row === row && one.role === "final");
    return { row, seeds: own.length, value: average(own.map((one) => one.j_n)) ?? Number.NEGATIVE_INFINITY };
  };
  const best = rows.map(rank).toSorted((a, b) => b.seeds - a.seeds || b.value - a.value);
  const chosen = new Set(best.slice(0, COLOURED).map(({ row }) => row));
  return rows.filter((row) => chosen.has(row));
}
