import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { METHODS } from "../src/methods.ts";

const folder = new URL("../../../docs/methods/", import.meta.url);
const pageOf = (name: string) => readFile(new URL(`${name}.md`, folder), "utf8");

/** Rows of the tables under a page's heading "Parameters", by name: the cells after it. Of two of a name the first. */
function parameterRows(page: string): ReadonlyMap<string, readonly string[]> {
  const section = /^## Parameters\n([^]*?)(?=^## )/m.exec(page)?.[1] ?? "";
  const named = section
    .split("\n")
    .filter((line) => /^\| `\w+`/.test(line))
    .map((line): [string, readonly string[]] => {
      const [, name, ...cells] = line.replaceAll("`", "").split("|");
      return [name!.trim(), cells.map((cell) => cell.trim())];
    });
  return new Map(named.toReversed());
}

/** How a default may be written: .75 is 0.75, and 1,024 is 1024. */
function spellings(value: unknown): readonly string[] {
  const text = String(value);
  return typeof value === "number" ? [text, text.replace(/^0\./, "."), value.toLocaleString("en")] : [text];
}

test("the index of methods names every registered one, and no other", async () => {
  const index = await pageOf("README");
  const named = [...index.matchAll(/^\| \[([\w-]+)\]\(\1\.md\)/gm)].map(([, name]) => name);
  expect(named.toSorted()).toEqual(METHODS.map(({ name }) => name).toSorted());
});

test.each(METHODS)(
  "the page of $name has a row for every parameter, with its default",
  async ({ name, parameters }) => {
    const page = await pageOf(name);
    // A chain's page says where the parameters that all chains have are listed.
    const shared = /\[qalign\]\(qalign\.md\)/.test(page) ? parameterRows(await pageOf("qalign")) : undefined;
    const rows = parameterRows(page);
    const defaults = Object.entries(parameters.parse({}) as object);
    const wrong = defaults.filter(([parameter, value]) => {
      const cells = rows.get(parameter) ?? shared?.get(parameter);
      return !cells?.some((cell) => spellings(value).includes(cell));
    });
    const said = wrong.map(([parameter]) => [parameter, rows.get(parameter) ?? shared?.get(parameter) ?? "no row"]);
    expect(Object.fromEntries(said)).toEqual({});
  },
);
