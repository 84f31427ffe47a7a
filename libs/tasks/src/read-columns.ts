import type { FieldSource } from "./field-source.ts";
import type { DatasetManifest, FilePart } from "./manifest.ts";
import { parsePath } from "./record-path.ts";

/** Columns of a table that a manifest reads, for formats that can leave the others where they are. Pure. */
export function readColumns(
  { fields, options, keep }: Pick<DatasetManifest, "fields" | "options" | "keep">,
  { values = {} }: Pick<FilePart, "values">,
): readonly string[] {
  const { prompt, id, reference, cluster } = fields;
  const paths = [
    ...(typeof prompt === "string"
      ? [prompt]
      : "transcript" in prompt
        ? [prompt.transcript]
        : inBraces(prompt.template)),
    ...[id, reference, cluster].flatMap((source) => (source === undefined ? [] : pathsOf(source))),
    ...(options ? optionPaths(options) : []),
    ...Object.keys(keep ?? {}),
  ];
  const columns = paths.map((path) => String(parsePath(path).steps[0]));
  return [...new Set(columns)].filter(
    (name) => !name.startsWith("$") && !Object.hasOwn(values, name) && !(options && name === "options"),
  );
}

function pathsOf(source: FieldSource): readonly string[] {
  if (typeof source === "string") return [source];
  if ("template" in source) return inBraces(source.template);
  if ("list" in source) return [source.list];
  return "instructions" in source ? [source.instructions, source.kwargs] : [source.path];
}

function optionPaths(options: NonNullable<DatasetManifest["options"]>): readonly string[] {
  if ("marks" in options) return [options.marks];
  const { texts } = options;
  if ("index" in options) return [texts, options.index];
  return [texts, options.label, ...(options.labels === undefined ? [] : [options.labels])];
}

function inBraces(template: string): readonly string[] {
  return [...template.matchAll(/\{([^{}\n]+)\}/g)].map(([, path]) => path!);
}
