import type { TokenStatistics } from "@touchstone/core";
import type { Tensors } from "./engine/protocol.ts";
import { statisticsBy } from "./statistics.ts";
import { floatsOf, integersOf } from "./tensors.ts";

/** The rows of a generate run's outputs, [steps, rows] tensors, each cut to its own length and its own cap. */
export function rowsOf(
  outputs: Tensors,
  caps: readonly number[],
): { drawn: Int32Array; statistics: TokenStatistics }[] {
  const tokens = integersOf(outputs, "tokens");
  const lengths = integersOf(outputs, "lengths");
  const columns = statisticsBy((_, output) => floatsOf(outputs, output));
  const rows = caps.length;
  return caps.map((cap, row) => {
    const length = Math.min(cap, lengths[row]!);
    const column = (values: Float32Array) => {
      const own = new Float32Array(length);
      for (let step = 0; step < length; step++) own[step] = values[step * rows + row]!;
      return own;
    };
    const drawn = new Int32Array(length);
    for (let step = 0; step < length; step++) drawn[step] = tokens[step * rows + row]!;
    return { drawn, statistics: statisticsBy((name) => column(columns[name])) };
  });
}
