import { TouchstoneError, type Problem, type Split } from "@touchstone/core";
import { z } from "zod";
import type { DatasetManifest } from "./manifest.ts";
import { GRADERS } from "./metrics.ts";

const Text = z.union([z.string().min(1), z.number().transform(String)]);

/**
 * Problems of a JSON Lines file in its order. Throws `corrupt-problem` with the line's number at the first line that is not
 * JSON, misses a field, repeats an id or has a reference that the grader cannot use. Pure: `path` is for messages.
 */
export function parseProblems(text: string, split: Split, manifest: DatasetManifest, path: string): Problem[] {
  const { fields } = manifest;
  const faultOf = GRADERS.get(manifest.grader)?.faultOf;
  const seen = new Map<string, number>();
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line, index) => {
    const fail = (why: string) => corrupt(path, index + 1, why, line);
    const row = parseLine(line, fail);
    const field = (name: string): string => {
      const value = Text.safeParse(row[name]);
      if (!value.success) throw fail(`the field "${name}" is missing or not a text`);
      return value.data;
    };
    const id = field(fields.id);
    const first = seen.get(id);
    if (first !== undefined) throw fail(`the id "${id}" is already that of line ${first}`);
    seen.set(id, index + 1);
    const reference = fields.reference === undefined ? "" : field(fields.reference);
    const fault = faultOf?.(reference);
    if (fault) throw fail(`the reference ${fault}`);
    return {
      id,
      messages: [{ role: "user", content: field(fields.prompt) }],
      cluster: fields.cluster === undefined ? id : field(fields.cluster),
      split,
      reference,
    };
  });
}

function parseLine(line: string, fail: (why: string) => TouchstoneError): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw fail("it is not JSON");
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw fail("it is not a JSON object");
  return json as Record<string, unknown>;
}

function corrupt(path: string, line: number, why: string, text: string): TouchstoneError {
  return new TouchstoneError({
    code: "corrupt-problem",
    family: "input",
    what: `Line ${line} of ${path} is not a problem: ${why}.`,
    value: text,
    fix: "Correct that line, or restore the file from its source.",
  });
}
