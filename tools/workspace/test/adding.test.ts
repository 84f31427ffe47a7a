import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { readRun } from "@touchstone/report";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { commandsOf } from "../src/documented-commands.ts";

// Installing links a package in seconds; on a busy machine it may take minutes.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

const root = resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "touchstone-adding-"));
const clone = join(folder, "touchstone");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function inClone(command: string): string {
  const { status, stdout, stderr } = spawnSync("bash", ["-c", command], { cwd: clone, encoding: "utf8" });
  expect({ command, status, said: status === 0 ? "" : stdout + stderr }).toEqual({ command, status: 0, said: "" });
  return stripVTControlCharacters(stdout);
}

/** What `git clone` and `npm ci` give: the sources as they are here, and an installation of the same lock. */
beforeAll(() => {
  const listed = spawnSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], { cwd: root, encoding: "utf8" });
  for (const file of new Set(listed.stdout.split("\0"))) {
    if (file === "" || !existsSync(join(root, file))) continue;
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

const pageOf = (name: string) => readFileSync(join(root, "docs", name), "utf8");

/** Does what a page says after `npm ci`; the results of the run that it ends with. */
async function follow(page: string) {
  const commands = commandsOf(pageOf(page), page).map(({ command }) => command);
  const started = commands.indexOf("npm ci") + 1;
  expect(commands.slice(0, started)).toEqual(["git clone <address> touchstone", "cd touchstone", "npm ci"]);
  const last = commands.at(-1)!;
  expect(last).toMatch(/^\.\/touchstone run /);
  for (const command of commands.slice(started, -1)) inClone(command);
  const places = `--pool ${join(folder, "pool")} --out ${join(folder, "reports")}`;
  const { run } = JSON.parse(inClone(`${last} --pool-size 16 ${places} --json`)) as { run: string };
  const { results } = await readRun(run);
  return results.filter(({ metric, kind }) => metric === "accuracy" && kind === "method");
}

test("whoever follows the page on methods gets from an empty folder to a row in a report", async () => {
  const rows = (await follow("add-a-method.md")).filter(({ method }) => method === "short-best-of-n");
  // Three reward models, two budgets.
  expect(rows.map(({ budget }) => budget).toSorted()).toEqual([1, 1, 1, 4, 4, 4]);
  expect(rows.every(({ estimate }) => estimate !== null)).toBe(true);
});

test("whoever follows the page on backends gets there too", async () => {
  const rows = await follow("add-a-backend.md");
  expect(rows.map(({ model, method, budget }) => `${model} ${method} ${budget}`).toSorted()).toEqual([
    "banana majority-vote 1",
    "banana majority-vote 4",
    "banana single-sample 1",
    "banana single-sample 4",
  ]);
});

test("whoever follows the page on datasets gets there too", async () => {
  const line = pageOf("add-a-dataset.md").split("```json\n")[1]!.split("\n```")[0]!;
  const { question } = JSON.parse(line) as { question: string };
  const lines = [3, 5, 8].map((apples) =>
    JSON.stringify({ question: question.replace("3", String(apples)), total: apples + 4 }),
  );
  writeFileSync(join(folder, "fruit.jsonl"), `${lines.join("\n")}\n`);
  const rows = await follow("add-a-dataset.md");
  expect(new Set(rows.map(({ dataset, problems }) => `${dataset}: ${problems}`))).toEqual(new Set(["fruit: 3"]));
  expect(rows.map(({ method }) => method)).toContain("majority-vote");
});

test("a procedure from the generator keeps its contract, and what was written needs no change by the formatter or the linter", () => {
  inClone("npx nx g @touchstone/workspace:method until-good --kind procedure && npm install");
  const written =
    "libs/methods libs/backends docs/methods docs/backends apps/runner/src/methods.ts apps/runner/src/backends.ts";
  inClone(`npx oxfmt --check ${written} && npx oxlint --deny-warnings ${written}`);
  const said = inClone("npm test -- --project method-until-good --project runner contract until-good method-pages");
  expect(said).toMatch(/Test Files +3 passed/);
});

test.each([
  ["method short-best-of-n", /"short-best-of-n" is taken/],
  ["backend Letters", /"Letters" is not a name: use lower-case words joined by dashes/],
])("there can be no %s", (what, message) => {
  const command = `npx nx g @touchstone/workspace:${what}`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", command], { cwd: clone, encoding: "utf8" });
  expect(status).not.toBe(0);
  expect(stdout + stderr).toMatch(message);
});
