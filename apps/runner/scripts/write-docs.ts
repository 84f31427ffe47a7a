// npm run docs -w @touchstone/runner: writes docs/cli.md from the option table.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandLineDocumentation } from "../src/documentation.ts";
import { Interruption } from "../src/interruption.ts";
import { ROOT } from "../src/places.ts";
import { createProgram } from "../src/program.ts";

const program = createProgram({ argv: [], interruption: new Interruption() });
writeFileSync(join(ROOT, "docs", "cli.md"), commandLineDocumentation(program));
