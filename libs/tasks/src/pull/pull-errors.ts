import { TouchstoneError } from "@touchstone/core";
import type { DatasetManifest } from "../manifest.ts";
import type { Wanted } from "./download.ts";

/** The source does not answer, or not to the end. */
export function unreachable(
  { dataset, address }: Pick<Wanted, "dataset" | "address">,
  kept: number,
  cause: unknown,
): TouchstoneError {
  const why = cause instanceof Error ? reasonOf(cause) : String(cause);
  return new TouchstoneError({
    code: "source-unreachable",
    family: "input",
    what: `The source of ${dataset} could not be read (${why})${kept > 0 ? `; ${kept} bytes have come and are kept` : ""}.`,
    value: String(address),
    fix: `Type the same command again to continue${kept > 0 ? " from there" : ""}, or name another source (--mirror <url>).`,
    cause,
  });
}

/** The source wants to know who asks. */
export function accessDenied(
  { dataset, address }: Pick<Wanted, "dataset" | "address">,
  status: number,
): TouchstoneError {
  return new TouchstoneError({
    code: "dataset-gated",
    family: "input",
    what: `The source of ${dataset} does not let everyone have it (HTTP ${status}).`,
    value: String(address),
    fix: "Accept its terms on the page of the dataset, and set HF_TOKEN to a token of your account.",
  });
}

/** The licence must be accepted before files are fetched. */
export function licenceToAccept({ name, licence, terms, source }: DatasetManifest): TouchstoneError {
  return new TouchstoneError({
    code: "dataset-gated",
    family: "usage",
    what: `${name} may be used under terms only (${terms}).`,
    value: licence,
    fix: `Read them at ${source}, and type: ./touchstone datasets pull ${name} --accept-licence`,
  });
}

/** There is no such revision, or no such file in it. */
export function gone({ dataset, address }: Pick<Wanted, "dataset" | "address">, status: number): TouchstoneError {
  return new TouchstoneError({
    code: "dataset-revision-unknown",
    family: "input",
    what: `The source of ${dataset} has no such revision, or not this file in it (HTTP ${status}).`,
    value: String(address),
    fix: "It was moved, renamed or removed: correct `revision` or the path in the dataset's manifest, or name a mirror that has it (--mirror <url>).",
  });
}

/** What came is not what was promised. */
export function changedFile({ dataset, address, sha256 }: Wanted, found: string): TouchstoneError {
  return new TouchstoneError({
    code: "checksum-mismatch",
    family: "input",
    what: `What ${address.href} sent is not the file that the manifest of ${dataset} describes: sha256 should be ${sha256}.`,
    value: found,
    fix: "Nothing was kept. The file was changed at its source or on its way: try again, or name another source (--mirror <url>).",
  });
}

/** What a file system refuses, as one message; undefined where that is not why something failed. */
export function storageFault(cause: unknown, path: string): TouchstoneError | undefined {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const common = { family: "storage", value: path, cause } as const;
  if (code === "ENOSPC" || code === "EDQUOT") {
    const fix =
      "Free some space, or choose another folder (--cache). What has come is kept: the same command goes on there.";
    return new TouchstoneError({ ...common, code: "disk-full", what: "The disk of the datasets is full.", fix });
  }
  if (!["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST"].includes(code ?? "")) return undefined;
  const what = `The folder of the datasets cannot be written to (${code}).`;
  return new TouchstoneError({
    ...common,
    code: "unwritable-folder",
    what,
    fix: "Choose a folder of yours (--cache).",
  });
}

function reasonOf(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause : undefined;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const text = (cause?.message || error.message).split("\n", 1)[0]!;
  return code === undefined || text.includes(code) ? text : `${code}: ${text}`;
}
