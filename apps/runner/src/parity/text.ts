import type { Parity } from "@touchstone/evaluation/parity";
import CliTable from "cli-table3";

type Measure = Parity["measures"][number];

/** A comparison as text for a terminal. */
export function parityText(parity: Parity): string {
  const { a, b, dataset, split, problems, samples, policy, decoding, remarks } = parity;
  const name = ({ name: model, dtype, provider, tile, runtime }: Parity["a"]) =>
    `${model} (${dtype}, ${provider}, ${runtime}, tile ${tile})`;
  return [
    `A: ${name(a)}`,
    `B: ${name(b)}`,
    `${samples} responses of ${policy} to each of ${problems} problems of ${dataset}/${split}, ${decoding}`,
    "",
    "Differences, B − A (95 % intervals clustered by problem)",
    measureTable(parity.measures),
    ...(parity.positions.length === 0 ? [] : ["", "Log-probabilities by position of the token", positionTable(parity)]),
    "",
    "Decisions that differ when B's numbers stand in for A's",
    decisionTable(parity),
    ...remarks.flatMap((remark) => ["", remark]),
  ].join("\n");
}

function measureTable(measures: readonly Measure[]): string {
  return table(
    ["measure", "statistic", "value", "interval", "n"],
    measures.map(({ measure, statistic, unit, value, low, high, n }) => [
      measure,
      statistic,
      `${spelled(value)}${unit === "share" ? "" : ` ${unit}`}`,
      interval(low, high),
      n.toLocaleString("en-US"),
    ]),
  );
}

function positionTable({ positions }: Parity): string {
  return table(
    ["tokens", "number", "mean", "mean |Δ|", "99th pct |Δ|", "max |Δ|"],
    positions.map((row) => [
      row.from === row.to ? `${row.from}` : `${row.from}–${row.to}`,
      row.tokens.toLocaleString("en-US"),
      ...[row.mean, row.meanAbsolute, row.p99Absolute, row.maximumAbsolute].map(spelled),
    ]),
  );
}

function decisionTable({ decisions }: Parity): string {
  return table(
    ["method", "rewards of", "n", "flips", "interval", "grade B − A"],
    decisions.map((row) => [
      row.method,
      row.rewardModel,
      String(row.n),
      spelled(row.flips),
      interval(row.low, row.high),
      Number.isNaN(row.gradeDifference) ? "–" : spelled(row.gradeDifference),
    ]),
  );
}

function interval(low: number, high: number): string {
  return Number.isNaN(low) || Number.isNaN(high) ? "" : `[${spelled(low)}, ${spelled(high)}]`;
}

/** Three significant digits; 0 and undefined as such. */
function spelled(value: number): string {
  if (Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  // Sums in float64 of what is equal may leave so much.
  if (size < 1e-15) return "0";
  return size >= 1e-3 && size < 1e4 ? String(Number(value.toPrecision(3))) : value.toExponential(2);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new CliTable({
    head: [...head],
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
    chars: {
      top: "",
      "top-mid": "",
      "top-left": "",
      "top-right": "",
      bottom: "",
      "bottom-mid": "",
      "bottom-left": "",
      "bottom-right": "",
      left: "",
      "left-mid": "",
      mid: "",
      "mid-mid": "",
      right: "",
      "right-mid": "",
      middle: "",
    },
  });
  made.push(...rows.map((row) => [...row]));
  return made.toString();
}
