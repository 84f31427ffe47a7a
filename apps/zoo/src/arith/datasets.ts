import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ArithProblem } from "./grammar.ts";
import { heldOutProblems, trainingProblems, WORLD_SEED } from "./world.ts";

/** Problems of the published slice of the unlimited training stream, for methods that fit something. */
export const TRAIN_SLICE = 2000;

/** One line per problem. `answer` is the reference; `template` is the cluster. */
function jsonLines(split: string, problems: readonly ArithProblem[]): string {
  return problems
    .map(({ prompt, answer, template, steps }, index) => {
      const id = `arith-${split}-${String(index).padStart(4, "0")}`;
      return `${JSON.stringify({ id, prompt, answer: String(answer), template: template.id, steps: steps.length })}\n`;
    })
    .join("");
}

/** Writes `datasets/arith/*.jsonl` and their manifest `datasets/arith.json` below `root`. */
export async function writeDatasets(root: string): Promise<void> {
  const splits = {
    train: trainingProblems("train-slice", TRAIN_SLICE),
    validation: heldOutProblems("validation"),
    test: heldOutProblems("test"),
    shift: heldOutProblems("shift"),
  };
  const folder = join(root, "datasets", "arith");
  await mkdir(folder, { recursive: true });
  const files: Record<string, { path: string; sha256: string; problems: number }> = {};
  for (const [split, problems] of Object.entries(splits)) {
    const text = jsonLines(split, problems);
    await writeFile(join(folder, `${split}.jsonl`), text);
    files[split] = {
      path: `arith/${split}.jsonl`,
      sha256: createHash("sha256").update(text).digest("hex"),
      problems: problems.length,
    };
  }
  const manifest = {
    name: "arith",
    description:
      "Word problems of one to four steps from a grammar of our own; `shift` holds templates that training never saw.",
    source: "apps/zoo/src/arith (npm run zoo:train -- arith --only datasets)",
    revision: `seed ${WORLD_SEED}`,
    licence: "Apache-2.0",
    splits: files,
    fields: { id: "id", prompt: "prompt", reference: "answer", cluster: "template" },
    extractor: "numeric",
    grader: "exact-number",
    stepDelimiter: " ; ",
  };
  await writeFile(join(root, "datasets", "arith.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
