import { writeManifest, writeSplits } from "../split-files.ts";
import { heldOutRequests, trainingRequests, WORLD_SEED } from "./world.ts";

/** Problems of the published slice of the unlimited training stream, for methods that fit something. */
export const TRAIN_SLICE = 2000;

const DESCRIPTION =
  "Open-ended requests with 1 to 8 verifiable constraints from a grammar of our own; `shift` holds combinations that training never saw.";

/** The manifests that read the files: one for each gold metric. */
const MANIFESTS = [
  { name: "instruct", description: `${DESCRIPTION} Gold: the share of constraints met.`, grader: "constraints-met" },
  {
    name: "instruct-strict",
    description: `${DESCRIPTION} The problems of instruct; gold: 1 where every constraint is met.`,
    grader: "constraints-all-met",
  },
] as const;

/** Writes `datasets/instruct/*.jsonl` and the manifests `instruct.json` and `instruct-strict.json` below `root`. */
export async function writeDatasets(root: string): Promise<void> {
  const splits = {
    train: trainingRequests("train-slice", TRAIN_SLICE),
    validation: heldOutRequests("validation"),
    test: heldOutRequests("test"),
    shift: heldOutRequests("shift"),
  };
  // `constraints` is the reference, a JSON list in a string; `template` is the cluster.
  const files = await writeSplits(root, "instruct", splits, ({ prompt, constraints, template }) => ({
    prompt,
    constraints: JSON.stringify(constraints),
    template: template.id,
  }));
  for (const { name, description, grader } of MANIFESTS) {
    await writeManifest(root, name, {
      description,
      source: "apps/zoo/src/instruct (npm run zoo:train -- instruct --only datasets)",
      revision: `seed ${WORLD_SEED}`,
      licence: "Apache-2.0",
      splits: files,
      fields: { id: "id", prompt: "prompt", reference: "constraints", cluster: "template" },
      extractor: "whole-text",
      grader,
    });
  }
}
