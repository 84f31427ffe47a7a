import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import {
  allocationRow,
  comparisonRow,
  curveRow,
  diagnosticRow,
  questionRow,
  resultRow,
  tuningRow,
} from "@touchstone/core";
import { readRun } from "@touchstone/report";
import { startModelServer, type ModelServer } from "@touchstone/testkit/model-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commandsOf, documentedCommands } from "../src/documented-commands.ts";
import { README_BUDGETS, readmePart, withPart } from "../src/readme-table.ts";

const root = resolve(import.meta.dirname, "../../..");
/** Pages that a test of their own follows from an empty folder. */
const FOLLOWED = /^docs\/add-a-/;
const commands = documentedCommands(root).filter(({ where }) => !FOLLOWED.test(where));
/** Its commands read files that are no part of the repository. */
const REAL_POOLS = "docs/real-pools.md";
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
let folder: string;
/** What was found of a command, which stands on several pages. */
const problems = new Map<string, string | undefined>();
/** What stands for the placeholders of the documentation. */
const standIns = new Map<string, string>();

/** The server and its model that the pages name; what stands for them speaks as vLLM does, with the engine behind it. */
const SERVER = "http://localhost:8000";
const SERVED = "Qwen/Qwen2.5-1.5B-Instruct";
let server: ModelServer;

/** A small real run, and responses to import: those that docs/real-pools.md shows, with its mapping. */
beforeAll(async () => {
  server = await startModelServer({ flavour: "vllm", models: [{ name: SERVED, folder: join(root, "models/arith") }] });
  folder = mkdtempSync(join(tmpdir(), "touchstone-docs-"));
  const page = readFileSync(join(root, REAL_POOLS), "utf8");
  const block = (language: string) => page.split(`\`\`\`${language}\n`)[1]!.split("```")[0]!;
  const response = JSON.stringify(JSON.parse(block("json")));
  writeFileSync(join(folder, "responses.jsonl"), `${response}\n`.repeat(4));
  writeFileSync(join(folder, "mapping.yaml"), block("yaml"));
  const rollout = (reward: number) => `${JSON.stringify({ group: "a prompt", reward })}\n`;
  writeFileSync(join(folder, "rollouts.jsonl"), [3, 1, 4, 1, 5, 9, 2, 6].map(rollout).join(""));
  standIns.set("<rollouts>", join(folder, "rollouts.jsonl"));
  standIns.set("<file>", join(folder, "responses.jsonl")).set("<mapping>", join(folder, "mapping.yaml"));
  standIns.set("<name>", "sums");
  const flags = ["--limit", "2", "--budgets", "1,2", "--pool-size", "8", "--replicates", "200", "--json"];
  const made = touchstone(["run", "quick", ...flags]);
  if (made.status !== 0) throw new Error(made.stderr);
  standIns.set("<run>", (JSON.parse(made.stdout) as { run: string }).run);
}, 120_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function touchstone(args: readonly string[]) {
  const folders = ["run", "resume", "doctor", "ls", "import", "claims", "parity"].includes(args[0]!)
    ? ["--pool", join(folder, "pool")]
    : [];
  const out = ["run", "train"].includes(args[0]!) ? ["--out", join(folder, "reports")] : [];
  // Whether a model of the hub can be reached says nothing about a page: planned without it, sizes are not known, and that is all.
  const env = { ...process.env, HF_HUB_OFFLINE: "1" };
  return spawnSync(join(root, "touchstone"), [...args, ...folders, ...out], { cwd: root, encoding: "utf8", env });
}

test("comments, continuation lines and && in a block are read as a shell reads them", () => {
  const markdown =
    "text\n```sh\nnpm test   # all\n# nothing\n./touchstone run quick \\\n  --limit 5 && echo x\n```\n```ts\nno();\n```\n";
  expect(commandsOf(markdown, "a.md")).toEqual([
    { where: "a.md:3", command: "npm test" },
    { where: "a.md:5", command: "./touchstone run quick --limit 5" },
    { where: "a.md:5", command: "echo x" },
  ]);
});

test.for(commands)("the documented command works: $command ($where)", ({ command, where }, { skip }) => {
  if (where.startsWith(REAL_POOLS) && !existsSync(join(root, "../shared/data"))) skip("../shared/data is not there");
  if (!problems.has(command)) problems.set(command, problemWith(command));
  expect(problems.get(command)).toBeUndefined();
});

/** What keeps a documented command from working, or undefined. */
function problemWith(command: string): string | undefined {
  const words = command.split(/\s+/).map((word) => (standIns.get(word) ?? word).replace(SERVER, server.url));
  const [program, ...rest] = words;
  switch (program) {
    case "./touchstone": {
      // A suite of models that are too large to stand for: its own words are checked.
      if (rest[0] === "run" && rest.includes("--backend") && !rest.includes(SERVED))
        rest.splice(0, rest.length, "validate", rest[1]!);
      // Nothing is fetched: names are looked up instead.
      if (rest[0] === "datasets" && rest[1] === "pull") rest[1] = "ls";
      // What would draw for minutes is planned instead: the same resolution of names, files and parameters.
      const draws = ["run", "claims", "train"].includes(rest[0]!);
      const args = draws && !rest.includes("--dry-run") ? [...rest, "--dry-run"] : rest;
      const { status, stderr } = touchstone(args);
      return status === 0 ? undefined : stderr;
    }
    case "npm": {
      const script = rest[0] === "run" ? rest.find((word, i) => i > 0 && !word.startsWith("-")) : rest[0];
      return script === "ci" || script === "install" || scripts[script!] ? undefined : `no script ${script}`;
    }
    case "npx":
      // Only what the lock installs: anything else would be fetched from the registry under that name.
      return existsSync(join(root, "node_modules/.bin", rest[0]!)) ? undefined : `${rest[0]} is not in the lock`;
    case "bash":
    case "node":
      return existsSync(join(root, rest[0]!)) ? undefined : `${rest[0]} does not exist`;
    default:
      return ["git", "cd", "apt-get", "sudo", "export", "vllm"].includes(program!)
        ? undefined
        : `unknown program ${program}`;
  }
}

test("links between the documents and to files of the repository lead somewhere", () => {
  const dead: string[] = [];
  for (const file of globSync(["*.md", "docs/**/*.md"], { cwd: root })) {
    for (const [, target] of readFileSync(join(root, file), "utf8").matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (!/^[a-z]+:/.test(target!) && !existsSync(resolve(root, dirname(file), target!)))
        dead.push(`${file} → ${target}`);
    }
  }
  expect(dead).toEqual([]);
});

test("the README's table is the published run's, number by number", async () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const published = "reports/published/quick";
  const part = readmePart(await readRun(join(root, published)), published, README_BUDGETS);
  expect(withPart(readme, part)).toBe(readme);
});

test.each([
  ["results.csv", resultRow],
  ["questions.csv", questionRow],
  ["comparisons.csv", comparisonRow],
  ["diagnostics.csv", diagnosticRow],
  ["tuning.csv", tuningRow],
  ["curves.csv", curveRow],
  ["allocation.csv", allocationRow],
])("docs/tables.md names the columns of %s, all and in order", (file, row) => {
  const page = readFileSync(join(root, "docs/tables.md"), "utf8");
  const section = page.split(`## ${file}\n`)[1]!.split("\n## ")[0]!;
  const cells = section.split("\n").flatMap((line) => /^\|([^|]+)\|/.exec(line)?.[1] ?? []);
  const columns = cells.flatMap((cell) => [...cell.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name));
  expect(columns).toEqual(Object.keys(row.shape));
});
