import { join } from "node:path";
import { generateFiles, type GeneratorCallback, type Tree } from "@nx/devkit";
import { addDependency, formatted, registered } from "./edits.ts";
import { identifierOf, newName } from "./names.ts";

export interface BackendOptions {
  readonly name: string;
  readonly summary?: string;
}

const REGISTRY = "apps/runner/src/backends.ts";
const RUNNER = "apps/runner/package.json";

/** `nx g @touchstone/workspace:backend`: a small backend that works, for its author to make another of. */
export default function backendGenerator(tree: Tree, given: BackendOptions): GeneratorCallback {
  const folder = (name: string) => `libs/backends/${name}`;
  // These begin addresses of servers.
  const name = newName(given.name, (taken) => tree.exists(folder(taken)) || ["http", "https"].includes(taken));
  const summary = given.summary ?? "A model that draws the letters of a text.";
  const names = { name, identifier: identifierOf(name), summary, module: `@touchstone/backend-${name}` };
  const templates = join(import.meta.dirname, "../../templates/backend");
  generateFiles(tree, join(templates, "package"), folder(name), names);
  generateFiles(tree, join(templates, "page"), "docs/backends", names);
  tree.write(REGISTRY, registered(tree.read(REGISTRY, "utf8")!, "BACKENDS", names.identifier, names.module));
  addDependency(tree, RUNNER, names.module);
  return formatted(tree, [
    `Wrote ${folder(name)}, docs/backends/${name}.md and its registration. Next:`,
    "  npm install --loglevel=error            # links the package",
    `  npm test -- --project backend-${name}`,
    `  ./touchstone run --model ${name}:banana --dataset arith --methods majority-vote --budgets 1,4 --limit 20`,
  ]);
}
