import type { Split } from "@touchstone/core";
import { aggregate } from "./aggregate.ts";
import type { Mapping, NumberField } from "./mapping.ts";
import { isPerSample, listLength, valueAt } from "@touchstone/tasks";

/** A problem as its first record says it. */
export interface ImportedProblem {
  /** Equal for records of one problem. */
  readonly group: string;
  /** Undefined: its position among the problems. */
  readonly id: string | undefined;
  readonly prompt: string;
  readonly reference: string;
  readonly cluster: string | undefined;
  /** As recorded; undefined where it is drawn by shares, or not given. */
  readonly split: Split | undefined;
}

const SPLITS: readonly Split[] = ["train", "validation", "test", "shift"];

/** One recorded response. */
export interface ImportedResponse {
  readonly text: string;
  /** Completion tokens; undefined where they were not recorded. */
  readonly tokens: number | undefined;
  /** The recorded answer; undefined where the extractor reads it. Null: recorded as none. */
  readonly answer: string | null | undefined;
  /** Recorded correctness in [0, 1]; undefined where a grader judges. */
  readonly correct: number | undefined;
  /** By reward model; NaN where missing. */
  readonly rewards: ReadonlyMap<string, number>;
}

/** Says what is wrong with a field of the record at hand. */
type Fail = (why: string, value: unknown) => Error;

/** Names of the reward models that a mapping makes, in its order: `rm`, `prm@min`. */
export function rewardNames({ rewards }: Mapping): readonly string[] {
  return Object.entries(rewards).flatMap(([name, field]) =>
    "steps" in field ? field.aggregate.map((rule) => `${name}@${rule}`) : [name],
  );
}

/** The problem of a record. Pure. Throws what `fail` makes. */
export function problemOf(record: unknown, { problem }: Mapping, fail: Fail): ImportedProblem {
  const text = (path: string): string => textAt(record, path, 0, fail);
  const optional = (path: string | undefined): string | undefined => (path === undefined ? undefined : text(path));
  const id = optional(problem.id);
  const prompt =
    "path" in problem.prompt
      ? text(problem.prompt.path)
      : problem.prompt.template.replaceAll(/\{([^{}]+)\}/g, (_, path: string) => text(path));
  const reference = optional(problem.reference) ?? "";
  const cluster = optional(problem.cluster);
  const split = problem.split && "path" in problem.split ? text(problem.split.path) : undefined;
  const known = SPLITS.find((one) => one === split);
  if (split !== undefined && !known) throw fail(`its split is none of ${SPLITS.join(", ")}`, split);
  return { group: optional(problem.group) ?? id ?? prompt, id, prompt, reference, cluster, split: known };
}

/** The responses of a record, in order. Pure. Throws what `fail` makes. */
export function responsesOf(record: unknown, mapping: Mapping, fail: Fail): readonly ImportedResponse[] {
  const { response } = mapping;
  const count = isPerSample(response.text) ? listLength(record, response.text) : 1;
  if (count === undefined) throw fail(`the field "${response.text}" holds no list of responses`, undefined);
  checkLengths(record, mapping, count, fail);
  return Array.from({ length: count }, (_, i) => ({
    text: textAt(record, response.text, i, fail, true),
    tokens: response.tokens === undefined ? undefined : wholeAt(record, response.tokens, i, fail),
    answer: response.answer === undefined ? undefined : answerAt(record, response.answer, i),
    correct: response.correct === undefined ? undefined : gradeAt(record, response.correct, i, fail),
    rewards: rewardsAt(record, mapping, i, fail),
  }));
}

/** Lists side by side must be equally long: a score must not slip to another response. */
function checkLengths(record: unknown, { response, rewards }: Mapping, count: number, fail: Fail): void {
  const fields = Object.values(rewards).map((field) => ("steps" in field ? field.steps : field.path));
  for (const path of [response.tokens, response.answer, response.correct?.path, ...fields]) {
    const length = path === undefined ? undefined : listLength(record, path);
    if (length !== undefined && length !== count) {
      throw fail(`"${path}" has ${length} entries, "${response.text}" has ${count}`, length);
    }
  }
}

function rewardsAt(record: unknown, { rewards }: Mapping, i: number, fail: Fail): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const [name, field] of Object.entries(rewards)) {
    if (!("steps" in field)) {
      values.set(name, numberAt(record, field, i, fail));
      continue;
    }
    const steps = valueAt(record, field.steps, i) ?? [];
    if (!Array.isArray(steps)) throw fail(`the field "${field.steps}" holds no list of step scores`, steps);
    const scores = steps.map((step) => toNumber(step, field.steps, fail));
    for (const rule of field.aggregate) values.set(`${name}@${rule}`, aggregate(scores, rule));
  }
  return values;
}

function textAt(record: unknown, path: string, i: number, fail: Fail, mayBeEmpty = false): string {
  const value = valueAt(record, path, i);
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "string" && (mayBeEmpty || value !== "")) return value;
  throw fail(`the field "${path}" is missing or not a text`, value);
}

function wholeAt(record: unknown, path: string, i: number, fail: Fail): number | undefined {
  const value = toNumber(valueAt(record, path, i), path, fail);
  if (Number.isNaN(value)) return undefined;
  if (Number.isInteger(value) && value >= 1) return value;
  throw fail(`the field "${path}" is not a whole number of tokens`, value);
}

function answerAt(record: unknown, path: string, i: number): string | null {
  const value = valueAt(record, path, i);
  return value === undefined || value === null || value === "" ? null : String(value);
}

function gradeAt(record: unknown, field: NumberField, i: number, fail: Fail): number {
  const value = numberAt(record, field, i, fail);
  if (value >= 0 && value <= 1) return value;
  throw fail(`the correctness in "${field.path}" is ${Number.isNaN(value) ? "missing" : "not between 0 and 1"}`, value);
}

function numberAt(record: unknown, { path, subtract, scale }: NumberField, i: number, fail: Fail): number {
  return (toNumber(valueAt(record, path, i), path, fail) - subtract) * scale;
}

const TRUTH: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  [true, 1],
  [false, 0],
  ["true", 1],
  ["false", 0],
]);

/** A number as files write it. NaN where it is missing: null, empty, NaN. */
function toNumber(value: unknown, path: string, fail: Fail): number {
  if (typeof value === "number") return value;
  if (value === undefined || value === null || value === "") return Number.NaN;
  const known = TRUTH.get(typeof value === "string" ? value.toLowerCase() : value);
  if (known !== undefined) return known;
  const number = typeof value === "bigint" || typeof value === "string" ? Number(value) : Number.NaN;
  if (!Number.isNaN(number) || /^nan$/i.test(String(value))) return number;
  throw fail(`the field "${path}" is not a number`, value);
}
