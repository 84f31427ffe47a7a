import { createHash } from "node:crypto";
import { mkdir, open, readFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, type ModelIdentity } from "@touchstone/core";
import type { QuestionScores } from "@touchstone/evaluation/likelihood";
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

  private constructor(known: ReadonlyMap<string, QuestionScores>, file: FileHandle) {
    this.known = known;
    this.#file = file;
  }

  static async open(folder: string, identity: ModelIdentity, dataset: string): Promise<KeptScores> {
    await mkdir(folder, { recursive: true });
    const key = createHash("sha256").update(canonicalJson({ identity, dataset })).digest("hex");
    const path = join(folder, `${key.slice(0, 32)}.jsonl`);
    const text = await readFile(path, "utf8").catch(() => "");
    const file = await open(path, "a");
    if (text !== "" && !text.endsWith("\n")) await file.appendFile("\n");
    return new KeptScores(
      new Map(
        text
          .split("\n")
          .flatMap(scoresIn)
          .map((scores) => [scores.problem, scores]),
      ),
      file,
    );
  }

  async keep(scores: readonly QuestionScores[]): Promise<void> {
    await this.#file.appendFile(scores.map((one) => `${JSON.stringify(one)}\n`).join(""));
    await this.#file.datasync();
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
