import { stream, TouchstoneError, type Problem, type Split } from "@touchstone/core";
import { fieldText } from "./field-text.ts";
import type { DatasetManifest, FilePart } from "./manifest.ts";
import { GRADERS } from "./metrics.ts";
import { optionLines, optionReference, readOptions } from "./options.ts";
import { promptMessages } from "./prompt-messages.ts";
import type { Located } from "./read-records.ts";
import { valueAt } from "./record-path.ts";

/** Key of the shares of carved-out splits: fixed, so that a problem stays where it is when a file grows. */
const SPLIT_SEED = 20261120;

/** Makes the problems of a split from its records, file after file. Throws `corrupt-problem` with the place in the file. Pure. */
export class ProblemReader {
  readonly problems: Problem[] = [];
  readonly #manifest: DatasetManifest;
  readonly #split: Split;
  readonly #seen = new Map<string, string>();
  #index = 0;

  constructor(manifest: DatasetManifest, split: Split) {
    this.#manifest = manifest;
    this.#split = split;
  }

  /** The record's problem, unless `keep` leaves it out. `row` is its place in the file, from 0; `path` is for messages. */
  read({ record: own, where }: Located, row: number, file: FilePart, path: string): void {
    const { fields, keep, options: source, grader } = this.#manifest;
    const fail = (why: string) => corruptProblem(path, where, why, JSON.stringify(own, bigintAsText));
    const record = { ...own, ...file.values, $split: this.#split, $index: this.#index++, $row: row };
    if (keep && !isKept(record, keep)) return;
    const id = fields.id === undefined ? `${this.#split}-${record.$index}` : fieldText(record, fields.id, fail);
    const first = this.#seen.get(id);
    if (first !== undefined) throw fail(`the id "${id}" is already that of ${first}`);
    this.#seen.set(id, where);
    const options = source && readOptions(record, source, id, fail);
    const messages = promptMessages(record, fields.prompt, options && optionLines(options), fail);
    const given = fields.reference === undefined ? undefined : fieldText(record, fields.reference, fail);
    const reference = given ?? (options && source ? optionReference(options, source) : "");
    const fault = GRADERS.get(grader)?.faultOf(reference);
    if (fault) throw fail(`the reference ${fault}`);
    const cluster = fields.cluster === undefined ? id : fieldText(record, fields.cluster, fail);
    this.problems.push({ id, messages, cluster, split: this.#split, reference });
  }
}

/** Takes so large a share of the problems' clusters for another split; what is left stays. Pure. */
export function carve(
  problems: readonly Problem[],
  split: Split,
  share: number,
): { readonly taken: readonly Problem[]; readonly left: readonly Problem[] } {
  const isTaken = ({ cluster }: Problem) => stream(SPLIT_SEED, "carve", split, cluster).uniform() < share;
  const taken = problems.filter(isTaken).map((problem) => ({ ...problem, split }));
  return { taken, left: problems.filter((problem) => !isTaken(problem)) };
}

function isKept(record: unknown, keep: NonNullable<DatasetManifest["keep"]>): boolean {
  return Object.entries(keep).every(([path, accepted]) => {
    const value = valueAt(record, path, 0);
    const text = (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).trim().toLowerCase();
    return accepted.some((one) => (one === "*" ? text !== "" : one.toLowerCase() === text));
  });
}

/** What stands at `where` in a dataset's file cannot be a problem. */
export function corruptProblem(path: string, where: string, why: string, value: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "corrupt-problem",
    family: "input",
    what: `${where[0]!.toUpperCase()}${where.slice(1)} of ${path} is not a problem: ${why}.`,
    value: value === undefined ? "nothing" : value,
    fix: `Correct that ${/^(line|row|record) /.exec(where)?.[1] ?? "content"}, or restore the file from its source.`,
  });
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
