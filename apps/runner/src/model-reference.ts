import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { BACKENDS } from "./backends.ts";
import { PLACES } from "./places.ts";

/** How a served model, or one of ours, is read as a judge or a reward model. */
export const READINGS = ["classify", "pooling", "score", "genrm", "genrm-rationale", "judge"] as const;
export type Reading = (typeof READINGS)[number];

interface Common {
  /** How the model is read, where the reference says so (`?as=genrm`). */
  readonly as: Reading | undefined;
}

/** One of the models of this clone, by its name; whether there is one of this name is the catalogue's business. */
export interface BuiltInReference extends Common {
  readonly kind: "built-in";
  readonly name: string;
}

/** A folder in Hugging Face layout, whether it is there or not. */
export interface FolderReference extends Common {
  readonly kind: "folder";
  /** Absolute, links followed, where there is such a folder; else as typed. */
  readonly path: string;
}

/** A model of the hub: `org/name[@revision]`. */
export interface HubReference extends Common {
  readonly kind: "hub";
  /** `org/name`. */
  readonly repository: string;
  /** Branch, tag or commit; absent: the repository's `main`. */
  readonly revision: string | undefined;
}

/** A model behind a server: `URL#model`. */
export interface ServedReference extends Common {
  readonly kind: "served";
  /** Without a slash at its end. */
  readonly url: string;
  /** The model's name there. */
  readonly model: string;
}

/** A model of one of the backends beside the built-in ones: `name:address`. */
export interface BackendReference extends Common {
  readonly kind: "backend";
  readonly backend: string;
  readonly address: string;
}

export type ModelReference = BuiltInReference | FolderReference | HubReference | ServedReference | BackendReference;

// The hub's own rule for names of owners and repositories.
const NAME = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?";
const HUB = new RegExp(`^(?<repository>${NAME}/${NAME})(?:@(?<revision>.*))?$`);

/**
 * What a model is named by, in flags, suites and tables alike: a built-in model (`arith`), a folder (`./my-model`), a model of the
 * hub (`org/name`, `org/name@revision`) or one behind a server (`http://localhost:8000/v1#org/name`) or of another backend (`name:address`); each may be followed by how
 * it is read (`?as=classify`). A folder that is there goes before the hub's model of the same spelling, and so does a folder that
 * is not there beside others that are: `models/arit` is no model of the hub, `models/arit@main` is one.
 * @throws TouchstoneError `bad-model-reference`
 */
export function parseModelReference(text: string): ModelReference {
  const whole = folderReference(text, undefined);
  if (whole) return whole;
  const { name, as } = withoutReading(text);
  if (/^https?:\/\//i.test(name)) return servedReference(text, name, as);
  const folder = folderReference(name, as);
  if (folder) return folder;
  const [, backend, address] = /^([a-z][a-z0-9-]*):(.*)$/s.exec(name) ?? [];
  if (BACKENDS.some((one) => one.name === backend))
    return { kind: "backend", backend: backend!, address: address!, as };
  const { repository, revision } = HUB.exec(name)?.groups ?? {};
  if (repository !== undefined && (revision !== undefined || !isFolder(dirname(name)))) {
    if (revision !== undefined && (revision === "" || /\s|\.\.|^\/|\/$/.test(revision))) {
      throw bad(text, "What follows the @ names no branch, tag or commit", "Write it as in `org/name@main`.");
    }
    return { kind: "hub", repository, revision, as };
  }
  if (/[\\/]/.test(name)) return { kind: "folder", path: name, as };
  return { kind: "built-in", name, as };
}

/** The reference as one text again: it leads to the same model wherever it is read, and reading it gives the same. */
export function spellModelReference(reference: ModelReference): string {
  const query = reference.as === undefined ? "" : `?as=${reference.as}`;
  switch (reference.kind) {
    case "built-in":
      return reference.name + query;
    case "folder":
      return reference.path + query;
    case "hub":
      return reference.repository + (reference.revision === undefined ? "" : `@${reference.revision}`) + query;
    case "served":
      return `${reference.url}#${reference.model}${query}`;
    case "backend":
      return `${reference.backend}:${reference.address}${query}`;
  }
}

/** A built-in model or a folder, where there is one of this name. */
function folderReference(name: string, as: Reading | undefined): BuiltInReference | FolderReference | undefined {
  if (!/[\\/]/.test(name) && name !== "" && existsSync(join(PLACES.models, name)))
    return { kind: "built-in", name, as };
  if (!isFolder(name)) return undefined;
  const path = realpathSync(name);
  return dirname(path) === PLACES.models
    ? { kind: "built-in", name: basename(path), as }
    : { kind: "folder", path, as };
}

function servedReference(text: string, address: string, as: Reading | undefined): ServedReference {
  const at = address.indexOf("#");
  const url = address.slice(0, at < 0 ? undefined : at).replace(/\/+$/, "");
  const model = at < 0 ? "" : address.slice(at + 1);
  if (!URL.canParse(url))
    throw bad(text, "This is no address of a server", "Write it as in `http://localhost:8000/v1#org/name`.");
  if (model === "") {
    throw bad(text, "This names a server but none of its models", `Name one behind a #, as in \`${url}#org/name\`.`);
  }
  return { kind: "served", url, model, as };
}

function withoutReading(text: string): { readonly name: string; readonly as: Reading | undefined } {
  const found = /^(?<name>.*)\?as=(?<as>[^?#]*)$/s.exec(text)?.groups as { name: string; as: string } | undefined;
  if (!found) return { name: text, as: undefined };
  const as = READINGS.find((reading) => reading === found.as);
  if (as === undefined)
    throw bad(text, "A model is not read this way", `Write one of: ${READINGS.map((r) => `?as=${r}`).join(", ")}.`);
  return { name: found.name, as };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function bad(value: string, what: string, fix: string): TouchstoneError {
  return new TouchstoneError({ code: "bad-model-reference", family: "usage", what: `${what}.`, value, fix });
}
