import type { ResultRow } from "@touchstone/core";

/** One method (or reference line) with its parameters and reward model: the rows of one line of a figure. */
export interface Series {
  /** Unique within a setting. */
  readonly key: string;
  readonly method: string;
  /** The method's name, with what tells it from its variants: `weighted-vote (sum)`. */
  readonly name: string;
  /** The name, with the seed where a run has several: comparisons are made of their means, results for each. */
  readonly label: string;
  readonly kind: ResultRow["kind"];
  readonly parameters: string;
  /** Empty where it uses none; names joined by `+` where it reads several. */
  readonly rewardModel: string;
  /** Rows of every metric, by budget. */
  readonly rows: readonly ResultRow[];
}

/** What tells series apart in a comparison as well as in a result. */
export function variantKey(method: string, parameters: string): string {
  return `${method} ${parameters}`;
}

/** The rows of a setting as series: methods in order of appearance, then reference lines. */
export function seriesOf(rows: readonly ResultRow[]): Series[] {
  const byKey = Map.groupBy(rows, (row) =>
    JSON.stringify([row.method, row.parameters, row.parameters_source, row.reward_model, row.decoding, row.seed]),
  );
  const byMethod = Map.groupBy(
    [...byKey.values()].map((own) => own[0]!),
    (row) => `${row.method} ${row.reward_model}`,
  );
  return [...byKey]
    .map(([key, own]) => {
      const first = own[0]!;
      return {
        key,
        method: first.method,
        ...namesOf(first, byMethod.get(`${first.method} ${first.reward_model}`)!),
        kind: first.kind,
        parameters: first.parameters,
        rewardModel: first.reward_model,
        rows: own.toSorted((a, b) => a.budget - b.budget),
      };
    })
    .toSorted((a, b) => Number(a.kind === "reference") - Number(b.kind === "reference"));
}

/** The rows of one metric with an estimate, by budget. */
export function curve(series: Series, metric: string): (ResultRow & { readonly estimate: number })[] {
  return series.rows.filter(
    (row): row is ResultRow & { estimate: number } => row.metric === metric && row.estimate !== null,
  );
}

/** Whether a series (or a row) reads a reward model. */
export function reads(rewardModels: string, rewardModel: string): boolean {
  return rewardModels.split("+").includes(rewardModel);
}

function namesOf(own: ResultRow, variants: readonly ResultRow[]): Pick<Series, "name" | "label"> {
  const remarks = [...differingParameters(own, variants)];
  if (variants.some((v) => v.parameters_source !== own.parameters_source) && own.parameters_source === "validation") {
    remarks.push("tuned");
  }
  if (variants.some((v) => v.decoding !== own.decoding)) remarks.push(own.decoding);
  const several = variants.some((v) => v.seed !== own.seed);
  return {
    name: remarked(own.method, remarks),
    label: remarked(own.method, several ? [...remarks, `seed ${own.seed}`] : remarks),
  };
}

function remarked(method: string, remarks: readonly string[]): string {
  return remarks.length > 0 ? `${method} (${remarks.join(", ")})` : method;
}

function differingParameters(own: ResultRow, variants: readonly ResultRow[]): readonly string[] {
  const all = variants.map((variant) => JSON.parse(variant.parameters) as Record<string, unknown>);
  const mine = JSON.parse(own.parameters) as Record<string, unknown>;
  const names = [...new Set(all.flatMap(Object.keys))].filter(
    (name) => new Set(all.map((parameters) => JSON.stringify(parameters[name]))).size > 1,
  );
  const told = (parameters: Record<string, unknown>, write: (value: unknown) => string) =>
    names
      .filter((name) => parameters[name] !== undefined)
      .map((name) =>
        typeof parameters[name] === "string" ? write(parameters[name]) : `${name} ${write(parameters[name])}`,
      );
  // Short where that still tells the variants apart: no more than a few words, three digits.
  const short = all.map((parameters) => abridged(told(parameters, shortValue)).join(", "));
  const distinct = new Set(all.map((parameters) => JSON.stringify(parameters))).size;
  return new Set(short).size === distinct ? abridged(told(mine, shortValue)) : told(mine, wholeValue);
}

/** Parameters that a name holds. */
const NAMED = 3;

function abridged(remarks: readonly string[]): readonly string[] {
  return remarks.length > NAMED ? [...remarks.slice(0, NAMED), `${remarks.length - NAMED} more`] : remarks;
}

function wholeValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const LONGEST = 18;

function shortValue(value: unknown): string {
  if (typeof value === "number") return String(Number(value.toPrecision(3)));
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
