import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { parseMapping, type Mapping } from "../src/index.ts";

/** A temporary folder with files of responses. */
export class Files implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "touchstone-import-"));

  write(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  lines(name: string, records: readonly unknown[]): string {
    return this.write(name, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One response a line, graded by its last number. */
export const GIVEN = {
  description: "Sums.",
  source: "a test",
  revision: "1",
  licence: "CC0-1.0",
  problem: { group: "question", prompt: "question", reference: "gold" },
  response: { text: "text" },
  extractor: "last-number",
  grader: "exact-number",
};

export function mapping(changes: Readonly<Record<string, unknown>> = {}): Mapping {
  return parseMapping(stringify({ ...GIVEN, ...changes }), "map.yaml");
}
