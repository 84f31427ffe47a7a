import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { canonicalJson, throwIfInterrupted, TouchstoneError, type Decoding } from "@touchstone/core";
import type { GradeRow, Pool, PoolKey, RewardRow, SampleAppend } from "@touchstone/pool";
import { EXTRACTORS, loadDataset } from "@touchstone/tasks";
import { datasetFile, importFolder, readImport, writeImport, type Imported } from "./import-record.ts";
import { joinedFiles, joinedRecords } from "./join.ts";
import type { Mapping } from "./mapping.ts";
import { poolSample, recordedIdentity } from "./pool-sample.ts";
import { ProblemList, type ListedProblem } from "./problem-list.ts";
import { badRecord } from "./read-records.ts";
import { problemOf, responsesOf, rewardNames, type ImportedResponse } from "./responses.ts";

/** Responses that go to disk together. */
const RESPONSES_AN_APPEND = 1024;

export interface ImportOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of responses that are on disk. */
  readonly onProgress?: ((responses: number) => void) | undefined;
}

export interface ImportOutcome {
  readonly imported: Imported;
  /** True where the same content was there under this name already; then nothing is done. */
  readonly wasThere: boolean;
}

/**
 * Recorded responses with their scores and grades into a pool, and a dataset of their problems beside it. Responses are read
 * and stored piece by piece, so memory holds the problems only; cut off, it starts over and stores what is missing. Throws
 * `unreadable-import`, `bad-record`, `nothing-imported`, `no-rewards`, `import-exists`, and the errors of the pool.
 */
export async function importPool(
  pool: Pool,
  name: string,
  file: string,
  mapping: Mapping,
  options: ImportOptions = {},
): Promise<ImportOutcome> {
  const files = [resolve(file), ...joinedFiles(file, mapping)];
  const hashes = Object.fromEntries(
    await Promise.all(files.map(async (path) => [basename(path), await sha256Of(path)] as const)),
  );
  const content = createHash("sha256").update(canonicalJson({ mapping, hashes })).digest("hex");
  const existing = await readImport(pool.folder, name);
  if (existing?.content === content) return { imported: existing, wasThere: true };
  if (existing) throw exists(existing);

  const decoding: Decoding = { ...mapping.decoding, stop: [] };
  const identity = recordedIdentity(name, content);
  const rewardModels = rewardNames(mapping).map((reward) => recordedIdentity(reward, content));
  const key: PoolKey = { model: identity, decoding, dataset: name, seed: 0 };
  const stored = await storeResponses(pool, key, file, mapping, options);
  const { list, missingRewards } = stored;
  if (list.problems.length === 0) throw nothing(file);
  const sizes = list.problems.map(({ responses }) => responses);
  const samples = sizes.reduce((sum, size) => sum + size, 0);
  for (const [reward, missing] of missingRewards) if (missing === samples) throw rewardless(reward, mapping);

  const folder = importFolder(pool.folder, name);
  await writeDataset(folder, name, mapping, list, hashes[basename(file)]!);
  if (mapping.grader === "recorded") {
    const { version } = await loadDataset(folder, name);
    const grading = { extractor: mapping.extractor, grader: mapping.grader, version };
    for (let i = 0; i < stored.grades.length; i += RESPONSES_AN_APPEND) {
      await pool.appendGrades(key, grading, stored.grades.slice(i, i + RESPONSES_AN_APPEND));
    }
  }
  await writeImport(pool.folder, {
    name,
    description: mapping.description,
    licence: mapping.licence,
    content,
    files: hashes,
    identity,
    decoding: { ...decoding, stop: [] },
    rewardModels,
    problems: sizes.length,
    splits: Object.fromEntries(
      list.splits.map((split) => [split, list.problems.filter((problem) => problem.split === split).length]),
    ),
    samples,
    samplesPerProblem: { fewest: Math.min(...sizes), most: Math.max(...sizes) },
    missingRewards: Object.fromEntries(missingRewards),
    imported: new Date().toISOString(),
  });
  return { imported: (await readImport(pool.folder, name))!, wasThere: false };
}

interface Stored {
  readonly list: ProblemList;
  readonly grades: readonly GradeRow[];
  readonly missingRewards: ReadonlyMap<string, number>;
}

/** One response on its way into the pool. */
interface Placed {
  readonly problem: ListedProblem;
  readonly index: number;
  readonly response: ImportedResponse;
}

async function storeResponses(
  pool: Pool,
  key: PoolKey,
  file: string,
  mapping: Mapping,
  { signal, onProgress }: ImportOptions,
): Promise<Stored> {
  const list = new ProblemList(mapping);
  const grades: GradeRow[] = [];
  const missingRewards = new Map(rewardNames(mapping).map((name) => [name, 0]));
  let waiting: Placed[] = [];
  let done = 0;
  const flush = async (): Promise<void> => {
    throwIfInterrupted(signal, "importing");
    if (waiting.length === 0) return;
    await append(pool, key, waiting);
    for (const { response } of waiting) {
      for (const [name, value] of response.rewards) {
        if (Number.isNaN(value)) missingRewards.set(name, missingRewards.get(name)! + 1);
      }
    }
    done += waiting.length;
    waiting = [];
    onProgress?.(done);
  };
  for await (const { record, where } of joinedRecords(file, mapping)) {
    const fail = (why: string, value: unknown) => badRecord(file, where, why, value);
    const problem = list.enter(problemOf(record, mapping, fail), fail);
    for (const response of responsesOf(record, mapping, fail)) {
      const index = problem.responses++;
      waiting.push({ problem, index, response });
      if (mapping.grader === "recorded") grades.push(gradeRow(problem, index, response, mapping));
    }
    if (waiting.length >= RESPONSES_AN_APPEND) await flush();
  }
  await flush();
  return { list, grades, missingRewards };
}

async function append(pool: Pool, key: PoolKey, placed: readonly Placed[]): Promise<void> {
  const batches = Array.from(
    Map.groupBy(placed, ({ problem }) => problem),
    ([{ problem, promptHash }, own]): SampleAppend => ({
      problem,
      promptHash,
      // Not counted: the tokenizer is not known.
      promptTokens: 0,
      samples: own.map(({ response, index }) => poolSample(response, index, key.decoding)),
      seconds: Number.NaN,
    }),
  );
  await pool.appendSamples(key, batches);
  for (const name of placed[0]!.response.rewards.keys()) {
    const rows = placed.map(({ problem: { problem, promptHash }, index, response }): RewardRow => ({
      problem,
      promptHash,
      index,
      value: response.rewards.get(name)!,
      tokens: 0,
      seconds: Number.NaN,
    }));
    await pool.appendRewards(key, recordedIdentity(name, key.model.revision), rows);
  }
}

function gradeRow(
  { problem, promptHash }: ListedProblem,
  index: number,
  response: ImportedResponse,
  mapping: Mapping,
): GradeRow {
  return { problem, promptHash, index, answer: answerKey(response, mapping), grade: response.correct! };
}

/** The recorded answer as the extractor would read it from a box; otherwise what the extractor reads from the text. */
function answerKey({ text, answer }: ImportedResponse, { extractor }: Mapping): string | null {
  if (answer === null) return null;
  const read = EXTRACTORS.get(extractor)!.extract(answer === undefined ? text : asResponse(answer, extractor));
  if (read.kind === "answer") return read.key;
  return answer ?? null;
}

/** A recorded answer in the words that its extractor looks for. */
function asResponse(answer: string, extractor: string): string {
  if (extractor === "boxed") return String.raw`\boxed{${answer}}`;
  return extractor === "numeric" ? `#### ${answer}` : answer;
}

async function writeDataset(
  folder: string,
  name: string,
  mapping: Mapping,
  list: ProblemList,
  revision: string,
): Promise<void> {
  const files = list.splits.map((split) => ({ split, path: `${split}.jsonl`, lines: list.toJsonLines(split) }));
  const { description, source, licence, extractor, grader } = mapping;
  const manifest = {
    name,
    description,
    source,
    revision: `${mapping.revision} (${revision.slice(0, 12)})`,
    licence,
    splits: Object.fromEntries(
      files.map(({ split, path, lines }) => [
        split,
        {
          path,
          sha256: createHash("sha256").update(lines).digest("hex"),
          problems: list.problems.filter((problem) => problem.split === split).length,
        },
      ]),
    ),
    fields: {
      id: "id",
      prompt: "prompt",
      ...(mapping.problem.reference === undefined ? {} : { reference: "reference" }),
      cluster: "cluster",
    },
    extractor,
    grader,
  };
  await mkdir(folder, { recursive: true });
  for (const { path, lines } of files) await writeFile(join(folder, path), lines);
  await writeFile(datasetFile(folder, name), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (cause) {
    throw new TouchstoneError({
      code: "unreadable-import",
      family: "input",
      what: `The file cannot be read (${(cause as NodeJS.ErrnoException).code ?? "unknown reason"}).`,
      value: path,
      fix: "Give a readable file; files that a mapping joins are looked for beside it.",
      cause,
    });
  }
  return hash.digest("hex");
}

function exists({ name, imported, files }: Imported): TouchstoneError {
  return new TouchstoneError({
    code: "import-exists",
    family: "usage",
    what: `Something else was imported under this name on ${imported.slice(0, 10)} (${Object.keys(files).join(", ")}): the files or the mapping differ.`,
    value: name,
    fix: "Choose another name (--as), or another pool folder (--pool).",
  });
}

function nothing(file: string): TouchstoneError {
  return new TouchstoneError({
    code: "nothing-imported",
    family: "input",
    what: "The file holds no record.",
    value: file,
    fix: "Give a file with at least one response.",
  });
}

function rewardless(reward: string, { rewards }: Mapping): TouchstoneError {
  const field = rewards[reward.split("@")[0]!]!;
  return new TouchstoneError({
    code: "no-rewards",
    family: "input",
    what: `No response has a number where the mapping looks for the reward ${reward}.`,
    value: "steps" in field ? field.steps : field.path,
    fix: `Correct the path under \`rewards\`, or leave ${reward} out.`,
  });
}
