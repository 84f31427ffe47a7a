import { TouchstoneError } from "@touchstone/core";
import type { InputData } from "./gradient-function.ts";

/** Arrays by name whose first axis is the row of a batch. */
export type RowInputs = Readonly<Record<string, InputData>>;

/** Cuts every array by consecutive, nearly equal row ranges, at most `shards` of them and none empty. */
export function cutRows(inputs: RowInputs, rows: number, shards: number): readonly RowInputs[] {
  const count = Math.min(rows, shards);
  // The first shards take the remainder, so that a shard sees one number of rows for each shape of batch.
  const edge = (i: number): number => i * Math.floor(rows / count) + Math.min(i, rows % count);
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, { shape, data }]) => {
        const width = data.length / rows;
        const part = data.slice(edge(i) * width, edge(i + 1) * width);
        return [name, { shape: [edge(i + 1) - edge(i), ...shape.slice(1)], data: part }];
      }),
    ),
  );
}

/** Losses are divided by the total weight of a batch. */
export function checkTotalWeight(total: number): void {
  if (total > 0 && Number.isFinite(total)) return;
  throw new TouchstoneError({
    code: "invalid-batch",
    family: "input",
    what: "The weights of a batch must have a positive, finite sum.",
    value: total,
    fix: "Give at least one row or token a positive weight.",
  });
}
