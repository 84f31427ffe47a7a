import { dirname, resolve } from "node:path";
import type { Mapping } from "./mapping.ts";
import { valueAt } from "@touchstone/tasks";
import { badRecord, readRecords, type Located } from "./read-records.ts";

/** Absolute paths of the files that a mapping joins. */
export function joinedFiles(file: string, { join }: Mapping): readonly string[] {
  return Object.values(join).map((joined) => resolve(dirname(file), joined.file));
}

/**
 * The records of a file, each with its match from every joined file under that join's name, and with its own position as
 * `$index`. The joined files are held in memory. Throws `bad-record` for a record without a match, and for two records of a
 * joined file with one key.
 */
export async function* joinedRecords(file: string, mapping: Mapping): AsyncGenerator<Located> {
  const joins = Object.entries(mapping.join);
  const tables = new Map<string, ReadonlyMap<string, unknown>>();
  for (const [i, [name, { equals }]] of joins.entries()) {
    tables.set(name, await table(joinedFiles(file, mapping)[i]!, equals));
  }
  let index = 0;
  for await (const { record, where } of readRecords(file)) {
    const joined: Record<string, unknown> = { ...record, $index: index++ };
    for (const [name, { on, file: other }] of joins) {
      const key = valueAt(joined, on, 0);
      const match = tables.get(name)!.get(String(key));
      if (match === undefined) throw badRecord(file, where, `${other} has no record with its "${on}"`, key);
      joined[name] = match;
    }
    yield { record: joined, where };
  }
}

async function table(file: string, equals: string): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>();
  let index = 0;
  for await (const { record, where } of readRecords(file)) {
    const value = valueAt({ ...record, $index: index++ }, equals, 0);
    if (value === undefined || value === null) throw badRecord(file, where, `the field "${equals}" is missing`, value);
    const key = String(value);
    if (found.has(key)) throw badRecord(file, where, `its "${equals}" is that of an earlier record`, key);
    found.set(key, record);
  }
  return found;
}
