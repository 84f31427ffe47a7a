import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { updateJson, type GeneratorCallback, type Tree } from "@nx/devkit";

/**
 * The source of a registry with one entry more: `import { identifier } from "module";` among the imports, in the order of their
 * modules, and `identifier` last in the array `list`.
 */
export function registered(source: string, list: string, identifier: string, module: string): string {
  const line = `import { ${identifier} } from "${module}";`;
  const lines = source.replace(new RegExp(`^(export const ${list}\\b.*= \\[)\\];$`, "m"), "$1\n];").split("\n");
  const imports = lines.flatMap((text, i) => {
    const from = /^(?:import|\}) .*from "([^"]+)";$/.exec(text)?.[1];
    return from === undefined ? [] : [{ from, end: i }];
  });
  const before = imports.findLast(({ from }) => from < module);
  lines.splice((before?.end ?? -1) + 1, 0, line);
  const start = lines.findIndex((text) => text.startsWith(`export const ${list}`));
  const end = lines.findIndex((text, i) => i > start && text.startsWith("]"));
  if (start < 0 || end < 0) throw new Error(`the registry has no array ${list} to add ${identifier} to`);
  lines.splice(end, 0, `  ${identifier},`);
  return lines.join("\n");
}

/** A Markdown page with one row more at the end of its first table, in the widths of its columns. */
export function withTableRow(page: string, cells: readonly string[]): string {
  const lines = page.split("\n");
  const rule = lines.findIndex((line) => /^\| *-/.test(line));
  if (rule < 0) throw new Error("the page has no table to add a row to");
  const widths = lines[rule]!.split("|").map((dashes) => dashes.length - 2);
  const length = lines.slice(rule).findIndex((line) => !line.startsWith("|"));
  const row = cells.map((cell, i) => cell.padEnd(widths[i + 1] ?? 0)).join(" | ");
  lines.splice(length < 0 ? lines.length : rule + length, 0, `| ${row} |`);
  return lines.join("\n");
}

/** Adds a package of the workspace to the dependencies of another, in order. */
export function addDependency(tree: Tree, path: string, module: string): void {
  updateJson(tree, path, (json: { dependencies?: Record<string, string> }) => {
    const all = Object.entries({ ...json.dependencies, [module]: "0.0.0" });
    return { ...json, dependencies: Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
  });
}

/** Formats everything that was written, as `npm run format` would, and then says what to do next. */
export function formatted(tree: Tree, next: readonly string[]): GeneratorCallback {
  const written = tree.listChanges().flatMap(({ type, path }) => (type === "DELETE" ? [] : [path]));
  return () => {
    const oxfmt = join(tree.root, "node_modules/.bin/oxfmt");
    const { status, stderr } = spawnSync(oxfmt, written, { cwd: tree.root, encoding: "utf8" });
    if (status !== 0) throw new Error(`oxfmt could not format what was written: ${stderr}`);
    console.log(next.join("\n"));
  };
}
