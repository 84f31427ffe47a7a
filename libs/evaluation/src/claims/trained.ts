import { mean, standardDeviation } from "@touchstone/stats";
import type { TrainedCell, TrainedCurves, TrainedSide } from "./claim.ts";
import type { Effect } from "./decision.ts";
import type { ProblemValue } from "./effects.ts";

/** A row of a table of results by column, each cell as it is spelled; empty where there is no value. */
export type ResultRow = Readonly<Record<string, string>>;

/** What an experiment that trains policies has written. */
export interface TrainedResults {
  /** Too small for a verdict, by its own word. */
  readonly smoke: boolean;
  /** Tables by file name. */
  readonly tables: Readonly<Record<string, readonly ResultRow[]>>;
}

/** From how many seeds on a claim about training is judged; below, its effect is shown and nothing is decided. */
export const SEEDS_OF_A_VERDICT = 5;

/** What a part of a claim came to. */
export interface TrainedEffect {
  readonly effect: Effect;
  readonly leftMean: number;
  readonly rightMean: number;
  /** What limits what can be said; empty where nothing does. */
  readonly remark: string;
  /** Whether a verdict of "reproduced" would rest on seeds whose effect is only bounded from above. */
  readonly bounded: boolean;
}

/** left − right over the seeds that have all that is asked for. */
export function trainedDifference(left: TrainedSide, right: TrainedSide, results: TrainedResults): TrainedEffect {
  const [ours, theirs] = [left, right].map(({ terms }) => {
    const found = terms.map(({ weight, of }) => ({ weight, values: bySeed(of, results) }));
    return (seed: number): number =>
      found.reduce((sum, { weight, values }) => sum + weight * (values.get(seed) ?? Number.NaN), 0);
  });
  const seeds = [...bySeed(right.terms[0]!.of, results).keys()];
  return overPairs(seeds.map((seed) => [ours!(seed), theirs!(seed)]));
}

/**
 * What a method comes to without training, by problem, minus the right side's seeds, whose rows are by problem too: means over the
 * problems that both have.
 */
export function untrainedDifference(
  left: readonly ProblemValue[],
  right: TrainedSide,
  results: TrainedResults,
): TrainedEffect {
  const known = new Map(left.filter(({ value }) => !Number.isNaN(value)).map(({ problem, value }) => [problem, value]));
  const [{ of }] = right.terms as [TrainedSide["terms"][number]];
  const seeds = Map.groupBy(rowsOf(of, results), (row) => numberIn(row, "seed"));
  return overPairs(
    [...seeds.values()].map((rows) => {
      const both = rows.filter((row) => known.has(row[of.problem!]!) && !Number.isNaN(numberIn(row, of.column)));
      return [
        mean(both.map((row) => known.get(row[of.problem!]!)!)),
        mean(both.map((row) => numberIn(row, of.column))),
      ];
    }),
  );
}

function overPairs(pairs: readonly (readonly [number, number])[]): TrainedEffect {
  const whole = pairs.filter((pair) => pair.every(Number.isFinite));
  return {
    effect: overSeeds(whole.map(([left, right]) => left - right)),
    leftMean: mean(whole.map(([left]) => left)),
    rightMean: mean(whole.map(([, right]) => right)),
    remark: "",
    bounded: false,
  };
}

/**
 * 1 − (cost until the left one first reaches what the right one ended with) / (cost until the right one first did), by seed; linear
 * between two evaluations. A seed in which the left one never gets there saved nothing and counts as 0, an upper bound; one in
 * which the start was as good already has nothing to reach and is left out.
 */
export function trainedSaving({ left, right }: TrainedCurves, results: TrainedResults): TrainedEffect {
  const curves = [left, right].map((cell) => Map.groupBy(rowsOf(cell, results), (row) => numberIn(row, "seed")));
  const seeds = [...curves[1]!.keys()].filter((seed) => curves[0]!.has(seed));
  let [missed, nothing] = [0, 0];
  const found = seeds.flatMap((seed) => {
    const [own, other] = curves.map((curve, side) => pathOf(curve.get(seed)!, side === 0 ? left : right));
    const level = other!.at(-1)!.value;
    if (level <= other![0]!.value) {
      nothing++;
      return [];
    }
    const [spent, rival] = [costToReach(own!, level), costToReach(other!, level)!];
    if (spent === undefined) missed++;
    return [{ saving: spent === undefined ? 0 : 1 - spent / rival, spent: spent ?? Number.NaN, rival }];
  });
  const reached = found.filter(({ spent }) => !Number.isNaN(spent));
  const remarks = [
    ...(missed > 0 ? [`${missed} of ${found.length} seeds never got there and count as no saving`] : []),
    ...(nothing > 0
      ? [`in ${nothing} of ${seeds.length} seeds the rival ended no higher than it began: left out`]
      : []),
  ];
  return {
    effect: overSeeds(found.map(({ saving }) => saving)),
    leftMean: mean(reached.map(({ spent }) => spent)),
    rightMean: mean(found.map(({ rival }) => rival)),
    remark: remarks.join("; "),
    bounded: missed > 0,
  };
}

interface PathPoint {
  readonly value: number;
  readonly cost: number;
}

function pathOf(rows: readonly ResultRow[], { along, cost, column }: TrainedCurves["left"]): readonly PathPoint[] {
  return rows
    .toSorted((a, b) => numberIn(a, along) - numberIn(b, along))
    .map((row) => ({ value: numberIn(row, column), cost: numberIn(row, cost) }));
}

/** Cost at which a path first reaches a level; undefined where it never does. */
function costToReach(path: readonly PathPoint[], level: number): number | undefined {
  const at = path.findIndex(({ value }) => value >= level);
  if (at === -1) return undefined;
  const [before, after] = [path[at - 1], path[at]!];
  if (!before) return after.cost;
  return before.cost + ((level - before.value) / (after.value - before.value)) * (after.cost - before.cost);
}

/** One value for each seed. Throws where a seed has several: the cell does not say enough. */
function bySeed(cell: TrainedCell, results: TrainedResults): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const row of rowsOf(cell, results)) {
    const seed = numberIn(row, "seed");
    if (found.has(seed))
      throw new RangeError(`${cell.table} has several rows of seed ${seed} for ${JSON.stringify(cell.where)}`);
    found.set(seed, numberIn(row, cell.column));
  }
  return found;
}

function rowsOf(
  { table, where }: Pick<TrainedCell, "table" | "where">,
  { tables }: TrainedResults,
): readonly ResultRow[] {
  return (tables[table] ?? []).filter((row) =>
    Object.entries(where).every(([column, value]) => row[column] === String(value ?? "")),
  );
}

function numberIn(row: ResultRow, column: string): number {
  const cell = row[column] ?? "";
  return cell === "" ? Number.NaN : Number(cell);
}

function overSeeds(differences: readonly number[]): Effect {
  return {
    estimate: mean(differences),
    standardError: standardDeviation(differences) / Math.sqrt(differences.length),
    degreesOfFreedom: differences.length - 1,
    n: differences.length,
    unit: "seeds",
  };
}
