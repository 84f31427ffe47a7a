import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const RECORD_FILE = "import.json";
const RECORD_VERSION = 1;
const text = z.string();
const count = z.int().nonnegative();

const identity = z.object({
  name: text,
  revision: text,
  dtype: text,
  templateHash: text,
  provider: text,
  runtime: text,
  graphHash: text,
  tile: count,
});

const importRecord = z.object({
  version: z.literal(RECORD_VERSION),
  name: text,
  description: text,
  licence: text,
  /** sha256 (hex) over the mapping and the bytes of all files: another content is another import. */
  content: text,
  /** Name and sha256 of every file read. */
  files: z.record(text, text),
  identity,
  decoding: z.object({
    temperature: z.number(),
    topK: z.number(),
    topP: z.number(),
    maxTokens: z.number(),
    stop: z.array(text),
  }),
  rewardModels: z.array(identity),
  problems: count,
  /** Problems of each split that has any. */
  splits: z.partialRecord(z.enum(["train", "validation", "test", "shift"]), count),
  samples: count,
  /** Fewest and most samples of a problem. */
  samplesPerProblem: z.object({ fewest: count, most: count }),
  /** Rewards that the file does not hold, by reward model. */
  missingRewards: z.record(text, count),
  /** ISO 8601. */
  imported: text,
});

/** What was imported: beside the pool that holds its samples, written when all of them are there. */
export type ImportRecord = z.infer<typeof importRecord>;

/** An import with the folder that holds its record, its dataset's manifest and its problems. */
export interface Imported extends ImportRecord {
  readonly folder: string;
  /** Path of the dataset's manifest. */
  readonly dataset: string;
}

/** Imports lie in the pool's folder: with its samples they come and go. */
export function importFolder(pool: string, name: string): string {
  return join(pool, "imports", name);
}

/** The finished imports of a pool's folder, by name. */
export async function listImports(pool: string): Promise<readonly Imported[]> {
  const entries = await readdir(join(pool, "imports"), { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map(({ name }) => readImport(pool, name)),
  );
  return found.filter((record) => record !== undefined).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Undefined where there is none, or its import was not finished. */
export async function readImport(pool: string, name: string): Promise<Imported | undefined> {
  const folder = importFolder(pool, name);
  try {
    const record = importRecord.parse(JSON.parse(await readFile(join(folder, RECORD_FILE), "utf8")));
    return { ...record, folder, dataset: datasetFile(folder, name) };
  } catch {
    return undefined;
  }
}

/** The file is there whole or not at all. */
export async function writeImport(pool: string, record: Omit<ImportRecord, "version">): Promise<void> {
  const folder = importFolder(pool, record.name);
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `${RECORD_FILE}.new`);
  await writeFile(draft, `${JSON.stringify({ version: RECORD_VERSION, ...record }, null, 2)}\n`);
  await rename(draft, join(folder, RECORD_FILE));
}

/** A manifest is called after its dataset. */
export function datasetFile(folder: string, name: string): string {
  return join(folder, `${name}.json`);
}
