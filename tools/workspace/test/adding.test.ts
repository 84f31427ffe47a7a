import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { readRun } from "@touchstone/report";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { commandsOf } from "../src/documented-commands.ts";

// Installing links a package in seconds; on a busy machine it may take minutes.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const root = resolve(import.meta.dirname, "../../..");
const page = "docs/add-a-method.md";
const folder = mkdtempSync(join(tmpdir(), "touchstone-add-a-method-"));
const clone = join(folder, "touchstone");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function inClone(command: string): string {
  const { status, stdout, stderr } = spawnSync("bash", ["-c", command], { cwd: clone, encoding: "utf8" });
  expect({ command, status, said: status === 0 ? "" : stdout + stderr }).toEqual({ command, status: 0, said: "" });
  return stdout;
}

/** What `git clone` and `npm ci` give: the sources as they are here, and an installation of the same lock. */
beforeAll(() => {
  const listed = spawnSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], { cwd: root, encoding: "utf8" });
  for (const file of new Set(listed.stdout.split("\0"))) {
    if (!existsSync(join(root, file)) || file === "") continue;
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    copyFileSync(join(root, file), join(clone, file));
  }
  const copied = ["-al", "-a"].some((how) => {
    return spawnSync("cp", [how, join(root, "node_modules"), clone]).status === 0;
  });
  if (!copied) throw new Error("could not copy node_modules");
  // npm writes into this file: it must not be one with the original's.
  rmSync(join(clone, "node_modules/.package-lock.json"), { force: true });
});

test("whoever follows the page gets from an empty folder to a row in a report", async () => {
  const commands = commandsOf(readFileSync(join(root, page), "utf8"), page).map(({ command }) => command);
  const started = commands.indexOf("npm ci") + 1;
  expect(commands.slice(0, started)).toEqual(["git clone <address> touchstone", "cd touchstone", "npm ci"]);
  const out = join(folder, "reports");
  for (const command of commands.slice(started)) {
    if (!command.startsWith("./touchstone run")) {
      inClone(command);
      continue;
    }
    const small = `--pool-size 16 --pool ${join(folder, "pool")} --out ${out} --json`;
    const { run } = JSON.parse(inClone(`${command} ${small}`)) as { run: string };
    const { results } = await readRun(run);
    const rows = results.filter(({ method, metric }) => method === "short-best-of-n" && metric === "accuracy");
    // Three reward models, two budgets.
    expect(rows.map(({ budget }) => budget).toSorted()).toEqual([1, 1, 1, 4, 4, 4]);
    expect(rows.every(({ estimate }) => estimate !== null)).toBe(true);
  }
});

test("a procedure from the generator keeps its contract, and what was written needs no change by the formatter or the linter", () => {
  inClone("npx nx g @touchstone/workspace:method until-good --kind procedure && npm install");
  const written = "libs/methods/until-good docs/methods apps/runner/src/methods.ts apps/runner/package.json";
  inClone(`npx oxfmt --check ${written} && npx oxlint --deny-warnings ${written}`);
  const said = inClone("npm test -- --project method-until-good --project runner contract until-good method-pages");
  expect(stripVTControlCharacters(said)).toMatch(/Test Files +3 passed/);
});

test.each([
  ["short-best-of-n", /"short-best-of-n" is taken/],
  ["Until_good", /"Until_good" is not a name: use lower-case words joined by dashes/],
])("a method cannot be called %s", (name, message) => {
  const command = `npx nx g @touchstone/workspace:method ${name}`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", command], { cwd: clone, encoding: "utf8" });
  expect(status).not.toBe(0);
  expect(stdout + stderr).toMatch(message);
});
