import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { globSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { PAGE_DATA_PLACEHOLDER } from "@touchstone/report";
import { expect, it } from "vitest";
import { pageTemplate } from "../src/index.ts";

const cache = join(import.meta.dirname, "../../../node_modules/.cache/touchstone");

it("is one file with a place for its data, which names no other file", async () => {
  const template = await pageTemplate();
  expect(template.split(PAGE_DATA_PLACEHOLDER)).toHaveLength(2);
  const [, before] = /^([\s\S]*)<script type="module"/.exec(template)!;
  const head = before! + template.slice(template.lastIndexOf("</script>"));
  expect(head).not.toMatch(/(src|href)="(?!data:)/);
  expect(template).not.toMatch(/url\((?!data:|#)["']?[^)]*\.(woff2?|css|png|svg)/);
});

it("is built once and then read from the cache, the same to the byte", async () => {
  for (const file of globSync("page-*.html", { cwd: cache })) await rm(join(cache, file));
  const built = await pageTemplate();
  expect(globSync("page-*.html", { cwd: cache })).toHaveLength(1);
  expect(await pageTemplate()).toBe(built);
});

it("costs a command that only names it neither vite nor preact", async () => {
  await pageTemplate();
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ resolve: (name, context, next) => (loaded.push(name), next(name, context)) });
    const { pageTemplate } = await import(${JSON.stringify(join(import.meta.dirname, "../src/index.ts"))});
    await pageTemplate();
    console.log(JSON.stringify(loaded));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program]);
  const loaded = JSON.parse(stdout) as string[];
  expect(loaded).toContain("./build.ts");
  expect(loaded.filter((name) => !name.startsWith("node:") && !name.startsWith("/") && !name.startsWith("."))).toEqual(
    [],
  );
});
