import type { FieldSource } from "./field-source.ts";
import { ifevalReference } from "./ifeval/instruction.ts";
import { listAt, valueAt } from "./record-path.ts";

/** What a record lacks is said by throwing what this makes. */
export type Fail = (why: string) => Error;

/** The text that a source makes of a record. Throws what `fail` makes. Pure. */
export function fieldText(record: unknown, source: FieldSource, fail: Fail): string {
  if (typeof source === "string") return textAt(record, source, fail);
  if ("template" in source) return fillTemplate(source.template, (path) => textAt(record, path, fail));
  if ("list" in source) return JSON.stringify(textsAt(record, source.list, fail));
  if ("instructions" in source) return instructions(record, source, fail);
  const text = textAt(record, source.path, fail);
  const { after, map } = source;
  const at = after === undefined ? -1 : text.lastIndexOf(after);
  if (after !== undefined && at < 0) throw fail(`the field "${source.path}" has no "${after.trim()}"`);
  const part = after === undefined ? text : text.slice(at + after.length).trim();
  if (map === undefined) return part;
  const mapped = Object.hasOwn(map, part) ? map[part] : undefined;
  if (mapped === undefined)
    throw fail(`the field "${source.path}" is "${part}", which is none of ${Object.keys(map).join(", ")}`);
  return mapped;
}

/** A template with `{paths}` replaced by what `read` gives for them. */
export function fillTemplate(template: string, read: (path: string) => string): string {
  return template.replaceAll(/\{([^{}\n]+)\}/g, (_, path: string) => read(path));
}

/** Texts, numbers and truth values are texts. */
export function textAt(record: unknown, path: string, fail: Fail): string {
  const text = asText(valueAt(record, path, 0));
  if (text === undefined || text === "") throw fail(`the field "${path}" is missing or not a text`);
  return text;
}

/** A list of texts, or one text. */
export function textsAt(record: unknown, path: string, fail: Fail): readonly string[] {
  const list = listAt(record, path) ?? [valueAt(record, path, 0)];
  const texts = list.map(asText);
  if (texts.length === 0 || texts.includes(undefined)) throw fail(`the field "${path}" is missing or no list of texts`);
  return texts as readonly string[];
}

function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean"
    ? String(value)
    : undefined;
}

function instructions(
  record: unknown,
  source: { readonly instructions: string; readonly kwargs: string },
  fail: Fail,
): string {
  const names = textsAt(record, source.instructions, fail);
  const kwargs = listAt(record, source.kwargs);
  if (kwargs?.length !== names.length) {
    throw fail(
      `"${source.kwargs}" has ${kwargs?.length ?? "no"} entries, "${source.instructions}" has ${names.length}`,
    );
  }
  return ifevalReference(names, kwargs as readonly Readonly<Record<string, unknown>>[]);
}
