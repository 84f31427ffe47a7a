import { join } from "node:path";
import { generateFiles, type GeneratorCallback, type Tree } from "@nx/devkit";
import { addDependency, formatted, registered, withTableRow } from "./edits.ts";
import { identifierOf, newName } from "./names.ts";

export interface MethodOptions {
  readonly name: string;
  readonly kind: "selector" | "procedure";
  readonly summary?: string;
}

const SUMMARIES = {
  selector: "The highest reward, less a penalty for every token.",
  procedure: "Draws until a reward is good enough.",
} as const;

const REGISTRY = "apps/runner/src/methods.ts";
const RUNNER = "apps/runner/package.json";
const INDEX = "docs/methods/README.md";

/** `nx g @touchstone/workspace:method`: a small method that works, for its author to make another of. */
export default function methodGenerator(tree: Tree, given: MethodOptions): GeneratorCallback {
  const { kind } = given;
  const folder = (name: string) => `libs/methods/${name}`;
  const name = newName(given.name, (taken) => tree.exists(folder(taken)) || tree.exists(`docs/methods/${taken}.md`));
  const names = {
    name,
    identifier: identifierOf(name),
    summary: given.summary ?? SUMMARIES[kind],
    module: `@touchstone/method-${name}`,
  };
  const templates = join(import.meta.dirname, "../../templates", kind);
  generateFiles(tree, join(templates, "package"), folder(name), names);
  generateFiles(tree, join(templates, "page"), "docs/methods", names);
  tree.write(REGISTRY, registered(tree.read(REGISTRY, "utf8")!, "METHODS", names.identifier, names.module));
  addDependency(tree, RUNNER, names.module);
  const row = [`[${name}](${name}.md)`, lowerFirst(names.summary).replace(/\.$/, ""), "one reward model"];
  tree.write(INDEX, withTableRow(tree.read(INDEX, "utf8")!, row));
  return formatted(tree, [
    `Wrote ${folder(name)}, docs/methods/${name}.md and its registration. Next:`,
    "  npm install --loglevel=error            # links the package",
    `  npm test -- --project method-${name}`,
    `  ./touchstone run quick --methods best-of-n,${name} --limit 20`,
  ]);
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
