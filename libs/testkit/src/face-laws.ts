import type { MethodFace } from "@touchstone/core";
import type { Finding } from "./violation.ts";

/** Name, summary and reference are what tables and pages print. */
export function describesItself({
  name,
  summary,
  reference,
}: Pick<MethodFace<unknown>, "name" | "summary" | "reference">): Finding {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return `the name ${JSON.stringify(name)} is not kebab-case`;
  if (!summary || summary.includes("\n")) return "the summary must be one line";
  if (!reference.title || !reference.authors) return "the reference needs a title and authors";
  if (!Number.isInteger(reference.year)) return `the year of the reference is ${reference.year}`;
  return undefined;
}

/** `{}` parses to the defaults, parsing them again changes nothing, and a parameter that does not exist is refused. */
export function refusesUnknownParameters({ parameters }: Pick<MethodFace<unknown>, "parameters">): Finding {
  const defaults = parameters.safeParse({});
  if (!defaults.success) return `the defaults do not parse: ${defaults.error.message}`;
  const again = parameters.safeParse(defaults.data);
  if (!again.success || JSON.stringify(again.data) !== JSON.stringify(defaults.data)) {
    return `the defaults ${JSON.stringify(defaults.data)} do not parse to themselves`;
  }
  const unknown = parameters.safeParse({ ...(defaults.data as object), "no-such-parameter": 1 });
  return unknown.success ? "accepted the parameter no-such-parameter" : undefined;
}
