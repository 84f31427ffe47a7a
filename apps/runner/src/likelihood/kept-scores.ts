import { createHash } from "node:crypto";
import { mkdir, open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, type ModelIdentity } from "@touchstone/core";
import type { QuestionScores } from "@touchstone/evaluation/likelihood";
import { storageError } from "@touchstone/report";
import { z } from "zod";

const Line = z.object({
  problem: z.string(),
  content: z.string(),
  logLikelihoods: z.array(z.number()),
  tokens: z.array(z.number()),
  promptTokens: z.number(),
});

/**
 * The scores of one model on one dataset, a JSON line a question, in a file whose name holds everything that changes them. Lines
 * are appended and on the disk before they count; a line that a dying process left half written is left out.
 */
export class KeptScores implements AsyncDisposable {
  readonly known: ReadonlyMap<string, QuestionScores>;
  readonly #file: FileHandle;
  readonly #folder: string;

  private constructor(known: ReadonlyMap<string, QuestionScores>, file: FileHandle, folder: string) {
    this.known = known;
    this.#file = file;
    this.#folder = folder;
  }

  /** Throws `unwritable-folder` or `disk-full`, as `keep` does. */
  static async open(folder: string, identity: ModelIdentity, dataset: string): Promise<KeptScores> {
    const key = createHash("sha256").update(canonicalJson({ identity, dataset })).digest("hex");
    const path = join(folder, `${key.slice(0, 32)}.jsonl`);
    try {
      await mkdir(folder, { recursive: true });
      const file = await open(path, "a+");
      const text = await file.readFile("utf8");
      if (text !== "" && !text.endsWith("\n")) await file.appendFile("\n");
      const known = text.split("\n").flatMap(scoresIn);
      return new KeptScores(new Map(known.map((scores) => [scores.problem, scores])), file, folder);
    } catch (error) {
      throw storageError(error, folder);
    }
  }

  async keep(scores: readonly QuestionScores[]): Promise<void> {
    try {
      await this.#file.appendFile(scores.map((one) => `${JSON.stringify(one)}\n`).join(""));
      await this.#file.datasync();
    } catch (error) {
      throw storageError(error, this.#folder);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

function scoresIn(line: string): QuestionScores[] {
  try {
    const read = Line.safeParse(JSON.parse(line));
    return read.success ? [read.data] : [];
  } catch {
    return [];
  }
}
