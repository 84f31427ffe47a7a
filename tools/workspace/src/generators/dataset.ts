import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, extname, resolve } from "node:path";
import type { GeneratorCallback, Tree } from "@nx/devkit";
import { formatted, withTableRow } from "./edits.ts";
import { newName } from "./names.ts";

export interface DatasetOptions {
  readonly name: string;
  readonly file: string;
  readonly prompt: string;
  readonly reference: string;
  readonly split: "train" | "validation" | "test" | "shift";
  readonly extractor: string;
  readonly grader: string;
  readonly licence: string;
  readonly description?: string;
}

const INDEX = "docs/datasets.md";

/** `nx g @touchstone/workspace:dataset`: a copy of a file of problems, its manifest and its row in the table of datasets. */
export default function datasetGenerator(tree: Tree, given: DatasetOptions): GeneratorCallback {
  const name = newName(
    given.name,
    (taken) => tree.exists(`datasets/${taken}.json`) || tree.exists(`datasets/${taken}`),
  );
  const { prompt, reference, split, extractor, grader, licence } = given;
  // A user's path is one from where the command was typed.
  const source = resolve(process.env["INIT_CWD"] ?? tree.root, given.file);
  const bytes = readFileSync(source);
  const path = `${name}/${split}${extname(source)}`;
  tree.write(`datasets/${path}`, bytes);
  const manifest = {
    name,
    description: given.description ?? `Problems of ${basename(source)}.`,
    source: basename(source),
    licence,
    splits: { [split]: { path, sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length } },
    fields: { prompt, reference },
    extractor,
    grader,
  };
  tree.write(`datasets/${name}.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  const row = [
    `\`${name}\``,
    basename(source),
    licence,
    `\`${extractor}\``,
    `\`${grader}\``,
    "every reference can be read",
  ];
  tree.write(INDEX, withTableRow(tree.read(INDEX, "utf8")!, row));
  return formatted(tree, [
    `Wrote datasets/${name}.json, datasets/${path} and its row in ${INDEX}. Next:`,
    `  ./touchstone datasets verify ${name}       # reads every problem, and holds every reference against the grader`,
    `  ./touchstone run --model arith --dataset ${name} --methods majority-vote --budgets 1,4`,
  ]);
}
