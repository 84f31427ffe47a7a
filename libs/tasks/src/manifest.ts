import { TouchstoneError } from "@touchstone/core";
import { z } from "zod";
import { EXTRACTORS, GRADERS } from "./metrics.ts";

const SplitFile = z.strictObject({
  /** Relative to the manifest. */
  path: z.string().min(1),
  /** Hex digest of the file's bytes. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  problems: z.int().positive(),
});

/** `datasets/<name>.json`: where problems come from, and how they are read and graded. */
export const DatasetManifest = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  description: z.string().min(1),
  source: z.string().min(1),
  revision: z.string().min(1),
  licence: z.string().min(1),
  /** One JSON Lines file per split. */
  splits: z.partialRecord(z.enum(["train", "validation", "test", "shift"]), SplitFile),
  /**
   * Names of the JSON fields in a line. `cluster` may be left out: then every problem is its own cluster. `reference` may be
   * where the grader needs none.
   */
  fields: z.strictObject({
    id: z.string(),
    prompt: z.string(),
    reference: z.string().optional(),
    cluster: z.string().optional(),
  }),
  extractor: z.enum([...EXTRACTORS.keys()]),
  grader: z.enum([...GRADERS.keys()]),
  /** What ends a step of a response; left out, a line break. */
  stepDelimiter: z.string().min(1).optional(),
});
export type DatasetManifest = z.infer<typeof DatasetManifest>;

/** Reads a manifest. Throws `corrupt-manifest` with every field at fault; `path` names the file in messages. */
export function parseManifest(text: string, path: string): DatasetManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw corrupt(path, `it is not JSON (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  const result = DatasetManifest.safeParse(json);
  if (!result.success) throw corrupt(path, z.prettifyError(result.error).replaceAll("\n", " "));
  return result.data;
}

function corrupt(path: string, why: string): TouchstoneError {
  return new TouchstoneError({
    code: "corrupt-manifest",
    family: "input",
    what: `The dataset manifest cannot be read: ${why}.`,
    value: path,
    fix: "Correct the fields named, or restore the file; datasets/arith.json is an example.",
  });
}
