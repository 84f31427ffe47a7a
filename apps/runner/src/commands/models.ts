import { TouchstoneError } from "@touchstone/core";
import {
  checkCachedModel,
  hubSettings,
  listCachedModels,
  removeDamaged,
  type CachedModel,
  type CheckedFile,
} from "@touchstone/inference";
import { print, say, type Context } from "../context.ts";
import { ModelHub } from "../hub.ts";
import { parseModelReference, type HubReference } from "../model-reference.ts";
import { bytes as inUnits } from "../download-progress.ts";

export interface ModelsOptions {
  readonly repair?: true | undefined;
  readonly offline?: true | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
}

const ACTIONS = ["pull", "ls", "verify"] as const;

/** `models`: download models of the hub, say which are here, and hold them against their checksums. */
export async function models(
  action: string,
  names: readonly string[],
  options: ModelsOptions,
  context: Context,
): Promise<void> {
  const references = names.map((name) => hubReference(name));
  switch (action as (typeof ACTIONS)[number]) {
    case "pull":
      return pull(references, options, context);
    case "ls":
      return list(await chosen(references), options);
    case "verify":
      return verify(await chosen(references), options, context);
    default:
      throw new TouchstoneError({
        code: "unknown-action",
        family: "usage",
        what: "There is nothing of this name to do with models.",
        value: action,
        fix: `Choose one of: ${ACTIONS.join(", ")}.`,
      });
  }
}

/** Downloads what is missing; the folders go to stdout. */
async function pull(
  references: readonly HubReference[],
  { offline, json, quiet }: ModelsOptions,
  { interruption }: Context,
): Promise<void> {
  if (references.length === 0) {
    throw new TouchstoneError({
      code: "nothing-to-pull",
      family: "usage",
      what: "The command does not say which models to download.",
      value: "no name",
      fix: "Name some, as in `./touchstone models pull Qwen/Qwen2.5-0.5B-Instruct@main`.",
    });
  }
  interruption.again = "Run the same command again: it goes on where it was.";
  const hub = new ModelHub({ offline, quiet, signal: interruption.signal, say });
  const rows: object[] = [];
  for (const reference of references) {
    interruption.enter("downloading models");
    const { repository, revision, commit, folder } = await hub.pull(reference);
    rows.push({ name: repository, revision, commit, folder });
    if (!json) print(folder);
  }
  if (json) print(JSON.stringify(rows, null, 2));
}

function list(found: readonly CachedModel[], { json }: ModelsOptions): void {
  if (json) {
    print(
      JSON.stringify(
        found.map(({ repository, ...rest }) => ({ name: repository, ...rest })),
        null,
        2,
      ),
    );
    return;
  }
  for (const { repository, commit, refs, bytes, complete } of found) {
    const called = refs.length === 0 ? "" : ` (${refs.join(", ")})`;
    print(`${repository}@${commit}${called}  ${inUnits(bytes)}${complete ? "" : ", in part"}`);
  }
}

/** Reads every file again; damaged ones end the command with an error, or are thrown away. */
async function verify(
  found: readonly CachedModel[],
  { repair, json, quiet }: ModelsOptions,
  { interruption }: Context,
): Promise<void> {
  const rows: (CheckedFile & { readonly name: string; readonly commit: string })[] = [];
  for (const model of found) {
    if (!quiet) say(`Reading ${model.repository}@${model.commit}`);
    for await (const file of checkCachedModel(model)) {
      interruption.enter("checking models");
      rows.push({ name: model.repository, commit: model.commit, ...file });
      if (!json) print(`${file.state.padEnd(8)}${file.path}`);
      if (repair && file.state === "damaged") await removeDamaged(file);
    }
  }
  if (json) print(JSON.stringify(rows, null, 2));
  const damaged = rows.filter(({ state }) => state === "damaged");
  if (damaged.length === 0) return;
  if (repair) {
    if (!quiet) say(`Thrown away: ${damaged.length}. The next run, or \`models pull\`, downloads them again.`);
    return;
  }
  throw new TouchstoneError({
    code: "checksum-mismatch",
    family: "input",
    what: `${damaged.length} of ${rows.length} files are not what was downloaded.`,
    value: damaged[0]!.path,
    fix: "`./touchstone models verify --repair` throws them away; the next run downloads them again.",
  });
}

/** The cached models that are named, or all. A name without a revision stands for all of its commits. */
async function chosen(references: readonly HubReference[]): Promise<readonly CachedModel[]> {
  const { cache } = hubSettings();
  const all = await listCachedModels({ cache });
  if (references.length === 0) return all;
  return references.flatMap(({ repository, revision }) => {
    const found = all.filter(
      (model) =>
        model.repository === repository &&
        (revision === undefined || model.commit === revision || model.refs.includes(revision)),
    );
    if (found.length > 0) return found;
    throw new TouchstoneError({
      code: "not-in-cache",
      family: "input",
      what: `The cache at ${cache} holds no such model.`,
      value: revision === undefined ? repository : `${repository}@${revision}`,
      fix: "`./touchstone models ls` lists what it holds; `models pull` downloads.",
    });
  });
}

function hubReference(name: string): HubReference {
  const reference = parseModelReference(name);
  if (reference.kind === "hub") return reference;
  throw new TouchstoneError({
    code: "bad-model-reference",
    family: "usage",
    what: "This names no model of the hub.",
    value: name,
    fix: "Write it as in `org/name`, or `org/name@revision`.",
  });
}
