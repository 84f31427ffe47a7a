import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface DocumentedCommand {
  /** File and line, for messages. */
  readonly where: string;
  readonly command: string;
}

/** Every command line in the ```sh blocks of the repository's Markdown files; comments and continuation lines joined away. */
export function documentedCommands(root: string): DocumentedCommand[] {
  const files = globSync(["*.md", "docs/**/*.md", "models/*/*.md", "datasets/*.md"], { cwd: root }).toSorted();
  return files.flatMap((file) => commandsOf(readFileSync(join(root, file), "utf8"), file));
}

export function commandsOf(markdown: string, file: string): DocumentedCommand[] {
  const commands: DocumentedCommand[] = [];
  let inBlock = false;
  let open: DocumentedCommand | undefined;
  for (const [i, raw] of markdown.split("\n").entries()) {
    if (/^\s*```/.test(raw)) {
      inBlock = !inBlock && /^\s*```(sh|bash|shell)\s*$/.test(raw);
      continue;
    }
    if (!inBlock) continue;
    const line = raw.replace(/(^|\s)#.*$/, "").trim();
    if (line === "" && open === undefined) continue;
    const continued = line.endsWith("\\");
    const text = continued ? line.slice(0, -1).trim() : line;
    open = open
      ? { where: open.where, command: `${open.command} ${text}`.trim() }
      : { where: `${file}:${i + 1}`, command: text };
    if (continued) continue;
    commands.push(...open.command.split("&&").map((part) => ({ where: open!.where, command: part.trim() })));
    open = undefined;
  }
  return commands;
}
