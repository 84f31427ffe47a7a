import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { TouchstoneError, type Manifest, type Method } from "@touchstone/core";
import type { MethodReference } from "@touchstone/evaluation";
import { resolve as resolveModule } from "import-meta-resolve";
import { fileSha256 } from "./machine.ts";
import { methodFault } from "./method-fault.ts";
import { isFolder } from "./method-references.ts";
import { METHODS } from "./methods.ts";
import { ROOT } from "./places.ts";

/** A package of methods from outside the repository, loaded. */
interface MethodPackage {
  /** As the suite spells it: a package's name, or the absolute path of its folder. */
  readonly reference: string;
  readonly name: string;
  readonly version: string;
  /** Path of the file that was loaded. */
  readonly entry: string;
  /** What it exports that is a method by its shape, faults included. */
  readonly exported: readonly unknown[];
}

/**
 * The registry, and after it the methods that a suite names with their package. Loading runs the package's code.
 * @throws TouchstoneError `unknown-package`, `broken-package`, `method-not-exported`, `invalid-method`, `method-name-taken`
 */
export async function methodsFor(named: readonly MethodReference[]): Promise<readonly Method[]> {
  const methods = new Map(METHODS.map((method) => [method.name, method]));
  const packageOf = new Map<string, string>();
  for (const { name, package: reference } of named) {
    if (reference === undefined || packageOf.get(name) === reference) continue;
    if (methods.has(name)) throw taken(name, packageOf.get(name) ?? "Touchstone", reference);
    methods.set(name, exportedMethod(await loadMethodPackage(reference), name));
    packageOf.set(name, reference);
  }
  return [...methods.values()];
}

/** The packages that methods were loaded from, as a manifest lists them. */
export async function methodPackages(named: readonly MethodReference[]): Promise<Pick<Manifest, "method_packages">> {
  const outside = named.filter((method) => method.package !== undefined);
  if (outside.length === 0) return {};
  const packages = [...Map.groupBy(outside, (method) => method.package!)].map(async ([reference, own]) => {
    const { name, version, entry } = await loadMethodPackage(reference);
    const methods = [...new Set(own.map((method) => method.name))];
    return { name, version, entry, entry_sha256: await fileSha256(entry), methods };
  });
  return { method_packages: await Promise.all(packages) };
}

/** Finds a package from the folder in which the command was started, then from the clone, and loads it. */
async function loadMethodPackage(reference: string): Promise<MethodPackage> {
  const entry = await entryOf(reference);
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(entry).href)) as typeof module;
  } catch (cause) {
    throw new TouchstoneError({
      code: "broken-package",
      family: "input",
      what: `The package of methods cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}.`,
      value: entry,
      fix: "Install what it needs, and check that it loads by itself: `node --input-type=module -e 'await import(…)'`. It has to ship JavaScript.",
      cause,
    });
  }
  const { name, version } = await packageAround(entry);
  const listed = Array.isArray(module["methods"]) ? (module["methods"] as readonly unknown[]) : [];
  const exported = [...Object.values(module), ...listed].filter(claimsToBeMethod);
  return { reference, name, version, entry, exported };
}

async function entryOf(reference: string): Promise<string> {
  const folder = isFolder(reference) ? resolve(reference) : undefined;
  for (const from of folder === undefined ? [process.cwd(), ROOT] : [folder]) {
    try {
      const specifier = folder === undefined ? reference : await ownName(folder);
      return fileURLToPath(resolveModule(specifier, pathToFileURL(join(from, "package.json")).href));
    } catch {
      // The next place, or the message below.
    }
  }
  throw new TouchstoneError({
    code: "unknown-package",
    family: "usage",
    what: "There is no package of this name to load methods from, or it exports nothing.",
    value: reference,
    fix: `Install it in the folder in which the command is started (${process.cwd()}), or give the path of its folder, which begins with ./ or /.`,
  });
}

/** A package may import itself by its name where it has `exports`; a `main` alone is named as a file. */
async function ownName(folder: string): Promise<string> {
  const { name, exports, main } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
    readonly name: string;
    readonly exports?: unknown;
    readonly main?: string;
  };
  return exports === undefined ? pathToFileURL(join(folder, main ?? "index.js")).href : name;
}

async function packageAround(entry: string): Promise<{ readonly name: string; readonly version: string }> {
  for (let folder = dirname(entry); ; folder = dirname(folder)) {
    const text = await readFile(join(folder, "package.json"), "utf8").catch(() => undefined);
    const { name = entry, version = "unknown" } = JSON.parse(text ?? "{}") as Partial<MethodPackage>;
    if (text !== undefined || folder === dirname(folder)) return { name, version };
  }
}

function claimsToBeMethod(value: unknown): boolean {
  return typeof value === "object" && value !== null && "kind" in value && "name" in value;
}

function exportedMethod({ reference, exported }: MethodPackage, name: string): Method {
  const found = exported.find((value) => (value as { readonly name: unknown }).name === name);
  if (found === undefined) {
    const names = exported.map((value) => String((value as { readonly name: unknown }).name));
    throw new TouchstoneError({
      code: "method-not-exported",
      family: "usage",
      what: `The package ${reference} exports no method of this name.`,
      value: name,
      fix: names.length === 0 ? "It exports no method at all." : `It exports: ${[...new Set(names)].join(", ")}.`,
    });
  }
  const fault = methodFault(found);
  if (fault === undefined) return found as Method;
  throw new TouchstoneError({
    code: "invalid-method",
    family: "input",
    what: `${name} of the package ${reference} is no method: ${fault}.`,
    value: reference,
    fix: "docs/add-a-method.md has a whole one; libs/core/src/method.ts has the types.",
  });
}

function taken(name: string, owner: string, reference: string): TouchstoneError {
  return new TouchstoneError({
    code: "method-name-taken",
    family: "usage",
    what: `The package ${reference} would give a method a name that one of ${owner} has.`,
    value: name,
    fix: "Rename it: rows of two methods of one name could not be told apart.",
  });
}
