import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What a manifest says of a split's file. */
interface SplitFile {
  readonly path: string;
  readonly sha256: string;
  readonly problems: number;
}

/**
 * Writes `datasets/<world>/<split>.jsonl` below `root`, one line a problem that begins with its id, and says of each file what a manifest
 * has to.
 */
export async function writeSplits<Problem>(
  root: string,
  world: string,
  splits: Readonly<Record<string, readonly Problem[]>>,
  fieldsOf: (problem: Problem) => object,
): Promise<Record<string, SplitFile>> {
  const folder = join(root, "datasets", world);
  await mkdir(folder, { recursive: true });
  const files: Record<string, SplitFile> = {};
  for (const [split, problems] of Object.entries(splits)) {
    const text = problems
      .map((problem, index) => {
        const id = `${world}-${split}-${String(index).padStart(4, "0")}`;
        return `${JSON.stringify({ id, ...fieldsOf(problem) })}\n`;
      })
      .join("");
    const path = `${world}/${split}.jsonl`;
    await writeFile(join(root, "datasets", path), text);
    files[split] = { path, sha256: createHash("sha256").update(text).digest("hex"), problems: problems.length };
  }
  return files;
}

/** Writes `datasets/<name>.json`: a manifest of a world's files. */
export async function writeManifest(root: string, name: string, manifest: object): Promise<void> {
  await writeFile(join(root, "datasets", `${name}.json`), `${JSON.stringify({ name, ...manifest }, null, 2)}\n`);
}
