import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandLineDocumentation, withServedMethods } from "../src/documentation.ts";
import { Interruption } from "../src/interruption.ts";
import { METHODS } from "../src/methods.ts";
import { ROOT } from "../src/places.ts";
import { createProgram } from "../src/program.ts";

const program = createProgram({ argv: [], interruption: new Interruption() });

test("docs/cli.md is what the option table says (npm run docs -w @touchstone/runner writes it)", () => {
  expect(readFileSync(join(ROOT, "docs", "cli.md"), "utf8")).toBe(commandLineDocumentation(program));
});

test("docs/servers.md says of every registered method what it lacks on a server", () => {
  const page = readFileSync(join(ROOT, "docs", "servers.md"), "utf8");
  expect(page).toBe(withServedMethods(page, METHODS));
  for (const { name } of METHODS) expect(page).toContain(`| [${name}](methods/${name}.md) `);
});

test("every command and every option has a description, and no command has two options of one name", () => {
  for (const command of program.commands) {
    expect(command.description()).not.toBe("");
    expect(command.options.filter(({ description }) => description === "").map(({ flags }) => flags)).toEqual([]);
    const flags = command.options.map(({ long }) => long);
    expect(new Set(flags).size).toBe(flags.length);
  }
});
