import { writeManifest, writeSplits } from "../split-files.ts";
import { heldOutProblems, trainingProblems, WORLD_SEED } from "./world.ts";

/** Problems of the published slice of the unlimited training stream, for methods that fit something. */
export const TRAIN_SLICE = 2000;

/** Writes `datasets/arith/*.jsonl` and their manifest `datasets/arith.json` below `root`. */
export async function writeDatasets(root: string): Promise<void> {
  const splits = {
    train: trainingProblems("train-slice", TRAIN_SLICE),
    validation: heldOutProblems("validation"),
    test: heldOutProblems("test"),
    shift: heldOutProblems("shift"),
  };
  // `answer` is the reference; `template` is the cluster.
  const files = await writeSplits(root, "arith", splits, ({ prompt, answer, template, steps }) => ({
    prompt,
    answer: String(answer),
    template: template.id,
    steps: steps.length,
  }));
  await writeManifest(root, "arith", {
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
  });
}
