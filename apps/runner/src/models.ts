import { statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { parseModelReference } from "./model-reference.ts";
import { PLACES } from "./places.ts";

/** A model's folder as its config.json describes it; weights are not touched. */
export interface ModelEntry {
  readonly name: string;
  readonly role: "policy" | "reward-model";
  readonly architecture: string;
  /** The deliberate flaw of a built-in model, or null. */
  readonly planted: string | null;
  readonly path: string;
}

/** The built-in models, by name. Folders without a readable config.json are none. */
export async function listModels(folder: string = PLACES.models): Promise<ModelEntry[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map((entry) => readModel(join(folder, entry.name))),
  );
  return found.filter((model) => model !== undefined).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function readModel(path: string): Promise<ModelEntry | undefined> {
  try {
    const config = JSON.parse(await readFile(join(path, "config.json"), "utf8")) as {
      readonly architectures?: readonly string[];
      readonly touchstone?: { readonly planted?: string };
    };
    const architecture = config.architectures?.[0] ?? "unknown";
    return {
      name: basename(path),
      role: architecture.endsWith("ForCausalLM") ? "policy" : "reward-model",
      architecture,
      planted: config.touchstone?.planted ?? null,
      path,
    };
  } catch {
    return undefined;
  }
}

/** Whether a reference that is no built-in model's name leads to a model all the same. */
export function leadsToModel(text: string): boolean {
  const reference = parseModelReference(text);
  if (reference.kind === "served" || reference.kind === "hub" || reference.kind === "backend") return true;
  // A built-in model by its name alone is in the catalogue; one that is read another way has this role too.
  if (reference.kind === "built-in") return reference.as !== undefined && isModel(join(PLACES.models, reference.name));
  return isModel(reference.path);
}

function isModel(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The folder of a built-in model, or the one that the reference names. */
export function modelFolder(text: string): string {
  const reference = parseModelReference(text);
  if (reference.kind === "built-in") return join(PLACES.models, reference.name);
  if (reference.kind === "folder") return reference.path;
  throw new TouchstoneError({
    code: "not-a-model-folder",
    family: "usage",
    what: "Only a model in a folder of this machine can be used here.",
    value: text,
    fix: "Give a name from `./touchstone ls models`, or the path of a folder in Hugging Face layout: `./touchstone models pull` prints that of a model of the hub.",
  });
}
