// npm run docs -w @touchstone/runner: writes docs/cli.md from the option table, and the table of docs/servers.md from the registry.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandLineDocumentation, withServedMethods } from "../src/documentation.ts";
import { Interruption } from "../src/interruption.ts";
import { METHODS } from "../src/methods.ts";
import { ROOT } from "../src/places.ts";
import { createProgram } from "../src/program.ts";

const program = createProgram({ argv: [], interruption: new Interruption() });
writeFileSync(join(ROOT, "docs", "cli.md"), commandLineDocumentation(program));
const servers = join(ROOT, "docs", "servers.md");
writeFileSync(servers, withServedMethods(readFileSync(servers, "utf8"), METHODS));
