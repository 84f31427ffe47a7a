import { TouchstoneError, type Split } from "@touchstone/core";
import { parse } from "yaml";
import { z } from "zod";
import { DatasetFields, fieldPath, OptionsSource } from "./field-source.ts";
import { EXTRACTORS, GRADERS } from "./metrics.ts";

export const SPLITS = ["train", "validation", "test", "shift"] as const satisfies readonly Split[];

const FilePart = z.strictObject({
  /** Relative to the manifest, or within the source that it is downloaded from. */
  path: z.string().min(1),
  /** The file in it that holds the records, where it is a zip archive. */
  inside: z.string().min(1).optional(),
  /** Hex digest of the file's bytes. Left out: pinned by the first download, or a file of a user's own. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  bytes: z.int().positive().optional(),
  /** Problems in it, after `keep`. */
  problems: z.int().positive().optional(),
  /** Fields that every record of this file has besides its own: the subject, say. */
  values: z.record(z.string(), z.string()).optional(),
  /** Of a CSV file that has no commas between its fields. */
  delimiter: z.string().length(1).optional(),
  /** Of a text that is not UTF-8: a name of the WHATWG encoding standard. */
  encoding: z.string().min(1).optional(),
});

const SplitSource = z.union([
  FilePart,
  z.strictObject({ files: z.array(FilePart).min(1), problems: z.int().positive().optional() }),
  /** So large a part of another split's clusters, by a fixed key; they leave that split. */
  z.strictObject({ of: z.enum(SPLITS), share: z.number().gt(0).lt(1), problems: z.int().positive().optional() }),
]);

const Download = z.union([
  /** `owner/name`; `revision` is a commit. */
  z.strictObject({ github: z.string().regex(/^[\w.-]+\/[\w.-]+$/) }),
  /** `owner/name` of a dataset of the hub; `revision` is a commit or a branch. */
  z.strictObject({ hub: z.string().regex(/^[\w.-]+\/[\w.-]+$/) }),
  /** A folder of a web server. */
  z.strictObject({ url: z.url() }),
]);

/** `datasets/<name>.json`: where problems come from, and how they are read and graded. */
export const DatasetManifest = z
  .strictObject({
    $schema: z.string().optional(),
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
    description: z.string().min(1),
    source: z.string().min(1).default("a file of the user's own"),
    revision: z.string().min(1).default("as it is"),
    licence: z.string().min(1).default("not stated"),
    /** What the licence or the source asks before its files are used. Downloading then needs the user's consent. */
    terms: z.string().min(1).optional(),
    /** Where the files come from, if they do not lie beside the manifest. */
    download: Download.optional(),
    /**
     * `first-pull`: revision and checksums that nobody here could know are those of the first download, kept beside it and held from
     * then on.
     */
    pinned: z.literal("first-pull").optional(),
    /** What is known of these numbers, and from where. */
    notes: z.string().min(1).optional(),
    splits: z.partialRecord(z.enum(SPLITS), SplitSource),
    /** Path of the list of records in a JSON file; `*`: the values of an object. Left out: the file is the list. */
    records: z.string().min(1).optional(),
    /** Only records whose field has one of these values, case and outer spaces aside; `*` is anything but nothing. */
    keep: z.record(fieldPath, z.array(z.string()).min(1)).optional(),
    /** Answers to choose from: letters for the prompt, and the reference. */
    options: OptionsSource.optional(),
    fields: DatasetFields,
    extractor: z.enum([...EXTRACTORS.keys()]),
    grader: z.enum([...GRADERS.keys()]),
    /** What ends a step of a response; left out, a line break. */
    stepDelimiter: z.string().min(1).optional(),
  })
  .superRefine(({ download, pinned, splits }, context) => {
    const issue = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
    const known = filesOf({ splits }).every(({ sha256 }) => sha256 !== undefined);
    if (download && !known && !pinned) {
      issue(["splits"], "a downloaded file needs its `sha256`, or the manifest `pinned: first-pull`");
    }
    if (download && filesOf({ splits }).some(({ path }) => /^([/\\]|[a-z]:)|(^|[/\\])\.\.([/\\]|$)/i.test(path))) {
      issue(["splits"], "a downloaded file must have a path within its source");
    }
    for (const [split, source] of Object.entries(splits)) {
      if (!source || !("of" in source)) continue;
      const other = splits[source.of];
      if (!other || "of" in other) issue(["splits", split, "of"], "must name a split that has files");
    }
  });
export type DatasetManifest = z.infer<typeof DatasetManifest>;
export type FilePart = z.infer<typeof FilePart>;

/** The files of one split, in order; none where it is a part of another. */
export function filesOfSplit({ splits }: Pick<DatasetManifest, "splits">, split: Split): readonly FilePart[] {
  const source = splits[split];
  if (!source || "of" in source) return [];
  return "files" in source ? source.files : [source];
}

/** The files of all splits. */
export function filesOf(manifest: Pick<DatasetManifest, "splits">): readonly FilePart[] {
  return (Object.keys(manifest.splits) as Split[]).flatMap((split) => filesOfSplit(manifest, split));
}

/** The same, each file of the source once, though several parts of an archive are read. */
export function sourceFiles(manifest: Pick<DatasetManifest, "splits">): readonly FilePart[] {
  return [...new Map(filesOf(manifest).map((file) => [file.path, file])).values()];
}

/** Reads a manifest in JSON or YAML. Throws `corrupt-manifest` with every field at fault; `path` names the file in messages. */
export function parseManifest(text: string, path: string): DatasetManifest {
  let given: unknown;
  try {
    given = /\.ya?ml$/.test(path) ? parse(text) : JSON.parse(text);
  } catch (cause) {
    const kind = /\.ya?ml$/.test(path) ? "YAML" : "JSON";
    throw corrupt(path, `it is not ${kind} (${(cause as Error).message.split("\n", 1)[0]})`);
  }
  const result = DatasetManifest.safeParse(given);
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
