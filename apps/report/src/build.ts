import { createHash } from "node:crypto";
import { existsSync, globSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The pages that there are, by the folder of their program; kept files are called by it too. */
const PAGES = { run: "page", "post-training": "post-training", "laser-training": "laser-training" } as const;
export type PageName = keyof typeof PAGES;

/** What pages share. */
const SHARED = ["experiment"];

/** Where index.html wants the page's folder. */
const PLACE = "__TOUCHSTONE_PAGE__";

const ROOT = rootOf(import.meta.dirname);

/**
 * A page as one HTML file that wants its data: see `renderPage` and `renderPostTrainingPage` of @touchstone/report. Built on first use (about a
 * second) and kept in node_modules/.cache/touchstone until a source or a dependency changes.
 */
export async function pageTemplate(page: PageName = "run"): Promise<string> {
  const cached = join(ROOT, "node_modules", ".cache", "touchstone", `${PAGES[page]}-${await sourceKey()}.html`);
  const kept = await readFile(cached, "utf8").catch(() => undefined);
  if (kept !== undefined) return kept;
  const html = await buildPage(page);
  await keep(cached, html);
  return html;
}

/** A page, built anew. */
export async function buildPage(name: PageName = "run"): Promise<string> {
  // Loaded here, so that a command that finds the page in the cache never loads them.
  const { build } = await import("vite");
  const { viteSingleFile } = await import("vite-plugin-singlefile");
  const built = await build({
    configFile: false,
    root: import.meta.dirname,
    publicDir: false,
    logLevel: "error",
    plugins: [
      {
        name: "page",
        transformIndexHtml: { order: "pre" as const, handler: (html: string) => html.replace(PLACE, PAGES[name]) },
      },
      viteSingleFile({ removeViteModuleLoader: true }),
    ],
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: { write: false, target: "es2023", reportCompressedSize: false },
  });
  const outputs = Array.isArray(built) ? built : [built];
  const files = outputs.flatMap((one) => ("output" in one ? one.output : []));
  const page = files.find((file) => file.fileName === "index.html");
  if (page?.type !== "asset" || files.length !== 1) {
    throw new Error(`the page was not built to one file, but to ${files.map((file) => file.fileName).join(", ")}`);
  }
  return String(page.source);
}

/** Changes with every source of the pages, with the pure part of libs/report, and with the locked dependencies. */
async function sourceKey(): Promise<string> {
  const files = [
    join(import.meta.dirname, "build.ts"),
    join(import.meta.dirname, "index.html"),
    ...[...Object.values(PAGES), ...SHARED].flatMap((folder) => {
      const place = join(import.meta.dirname, folder);
      return globSync("*", { cwd: place }).map((file) => join(place, file));
    }),
    ...globSync("libs/report/src/*.ts", { cwd: ROOT }).map((file) => join(ROOT, file)),
    join(ROOT, "package-lock.json"),
  ];
  const hash = createHash("sha256");
  for (const file of files.toSorted())
    hash
      .update(file)
      .update("\0")
      .update(await readFile(file))
      .update("\0");
  return hash.digest("hex").slice(0, 16);
}

/** A cache that cannot be written costs a second the next time, and nothing else. */
async function keep(path: string, html: string): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(unfinished, html);
    await rename(unfinished, path);
  } catch {
    // Read-only node_modules: build again next time.
  }
}

function rootOf(folder: string): string {
  if (existsSync(join(folder, "package-lock.json"))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error("package-lock.json was not found above apps/report");
  return rootOf(parent);
}
