import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { suggestion } from "@touchstone/evaluation";
import { importPool, parseMapping, type Mapping } from "@touchstone/import";
import { catalogueFor } from "../catalogue.ts";
import { print, say, type Context } from "../context.ts";
import { importSummary } from "../imports.ts";
import { PLACES } from "../places.ts";
import { openPool } from "../pools.ts";

export interface ImportOptions {
  readonly as: string;
  readonly map: string;
  readonly pool?: string | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
}

/** `import`: recorded responses into the pool, ready for `run --model <name>`. */
export async function importFile(file: string, options: ImportOptions, { interruption }: Context): Promise<void> {
  interruption.enter("importing");
  const { as: name, quiet = false } = options;
  await checkName(name);
  const mapping = await readMapping(options.map);
  await using pool = await openPool(resolve(options.pool ?? PLACES.pool), { signal: interruption.signal });
  const { imported, wasThere } = await importPool(pool, name, resolve(file), mapping, {
    signal: interruption.signal,
    onProgress: quiet
      ? undefined
      : (responses) => say(`import ${name}: ${responses.toLocaleString("en-US")} responses`),
  });
  if (options.json) {
    print(JSON.stringify({ ...imported, wasThere }));
    return;
  }
  print(`${name}: ${importSummary(imported)}${wasThere ? "; was there already" : ""}`);
  if (quiet) return;
  for (const [model, missing] of Object.entries(imported.missingRewards)) {
    if (missing > 0) say(`${missing} of ${imported.samples} rewards of ${model} are missing; they stay missing.`);
  }
  say(`Run methods on it: ./touchstone run --model ${name} --methods <names> --budgets <amounts>`);
}

async function checkName(name: string): Promise<void> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    throw new TouchstoneError({
      code: "bad-value",
      family: "usage",
      what: "The flag --as takes lower-case letters, digits and dashes.",
      value: name,
      fix: "Correct it, or see `./touchstone import --help`.",
    });
  }
  const { models, datasets } = await catalogueFor(undefined, []);
  if (models.includes(name) || datasets.some((dataset) => dataset.name === name)) {
    throw new TouchstoneError({
      code: "name-taken",
      family: "usage",
      what: "A built-in model or dataset has this name.",
      value: name,
      fix: "Choose another name (--as).",
    });
  }
}

/** A mapping by path, or by the name of one that comes with Touchstone. */
async function readMapping(reference: string): Promise<Mapping> {
  const isName = !/[\\/.]/.test(reference);
  const path = isName ? join(PLACES.mappings, `${reference}.yaml`) : resolve(reference);
  if (!existsSync(path)) {
    const known = (await readdir(PLACES.mappings)).map((entry) => entry.replace(/\.yaml$/, ""));
    throw new TouchstoneError({
      code: "unknown-mapping",
      family: "usage",
      what: isName ? "No mapping of this name comes with Touchstone." : "There is no such mapping.",
      value: reference,
      fix: `${suggestion(reference, known, "mapping")} Or give the path of a .yaml or .json file.`,
    });
  }
  return parseMapping(await readFile(path, "utf8"), path);
}
