import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readRun } from "@touchstone/report";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ROOT } from "../src/places.ts";
import { jsonOf, refusal, touchstone } from "./cli.ts";
import { makeWorld, type World } from "./world.ts";

vi.setConfig({ testTimeout: 300_000 });

let world: World;
/** A package of the method that docs/add-a-method.md prints. */
let documented: string;
beforeAll(async () => {
  world = await makeWorld();
  const page = readFileSync(join(ROOT, "docs/add-a-method.md"), "utf8");
  documented = writePackage("touchstone-method-longest", page.split("```js\n")[1]!.split("```")[0]!);
});
afterAll(() => world[Symbol.dispose]());

/** An installed package in JavaScript, outside the repository. */
function writePackage(name: string, source: string): string {
  const folder = join(world.folder, "packages", name);
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules/zod"), join(folder, "node_modules/zod"));
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name, version: "1.2.3", type: "module", exports: "./index.js" }),
  );
  writeFileSync(join(folder, "index.js"), source);
  return folder;
}

const run = (...args: string[]) => touchstone("run", ...world.what, ...world.where, ...args);
const refused = async (methods: string) => refusal(await run("--methods", methods));

test("a method of a package from outside decides beside ours, and the manifest says what was loaded", async () => {
  const flags = [...world.what, ...world.where, "--methods", `${documented}#longest`];
  const { run: folder } = await jsonOf<{ run: string }>("run", ...flags);
  const { results, questions, manifest } = await readRun(folder);
  expect(new Set(results.map(({ method }) => method))).toContain("longest");
  expect(questions.filter(({ method }) => method === "longest").length).toBeGreaterThan(0);
  expect(manifest.method_packages).toEqual([
    {
      name: "touchstone-method-longest",
      version: "1.2.3",
      entry: join(documented, "index.js"),
      entry_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      methods: ["longest"],
    },
  ]);
  // What the manifest says is enough to run it again.
  const again = await jsonOf<{ run: string }>("run", "--from-manifest", join(folder, "manifest.json"), ...world.where);
  expect((await readRun(again.run)).results).toEqual(results);
});

test("a suite file names the package of a method: by its folder, or by its name where it is installed", async () => {
  const suite = {
    name: "outside",
    datasets: [{ name: world.dataset, limit: 4 }],
    models: [world.policy],
    methods: ["single-sample", { name: "longest", package: documented }],
    budgets: { amounts: [1, 4] },
  };
  const file = join(world.folder, "outside.json");
  writeFileSync(file, JSON.stringify(suite));
  expect(await jsonOf<object>("validate", file)).toMatchObject({
    methods: [{ name: "single-sample" }, { name: "longest", package: documented }],
  });
  const project = join(world.folder, "project");
  mkdirSync(join(project, "node_modules"), { recursive: true });
  symlinkSync(documented, join(project, "node_modules/touchstone-method-longest"));
  const named = { ...suite, methods: [{ name: "longest", package: "touchstone-method-longest" }] };
  writeFileSync(join(project, "named.json"), JSON.stringify(named));
  const validate = (cwd: string) =>
    spawnSync(join(ROOT, "touchstone"), ["validate", join(project, "named.json"), "--json"], { cwd, encoding: "utf8" });
  expect(JSON.parse(validate(project).stdout)).toMatchObject({ methods: named.methods });
  // Elsewhere it is not installed.
  expect(validate(world.folder).stderr).toMatch(/^unknown-package: /m);
});

test.each([
  [
    "a package that is not there",
    "touchstone-method-nowhere#longest",
    /^unknown-package: .*Received: touchstone-method-nowhere\. Install it/,
    2,
  ],
  [
    "a name that the package does not export",
    "DOCUMENTED#shortest",
    /^method-not-exported: .*Received: shortest\. It exports: longest\./,
    2,
  ],
])("%s", async (_, methods, message, exitCode) => {
  expect(await refused(methods.replace("DOCUMENTED", documented))).toEqual({
    exitCode,
    message: expect.stringMatching(message),
  });
});

test("a package that cannot be loaded, and one whose export is no method", async () => {
  const broken = writePackage("broken", "throw new Error('no luck today');");
  expect(await refused(`${broken}#any`)).toEqual({
    exitCode: 3,
    message: expect.stringMatching(/^broken-package: .*no luck today/),
  });
  const half = writePackage(
    "half",
    "export const half = { kind: 'selector', name: 'half', summary: 'Half a method.' };",
  );
  expect(await refused(`${half}#half`)).toEqual({
    exitCode: 3,
    message: expect.stringMatching(
      /^invalid-method: half of the package .* is no method: .*needs: .*select: must be a function/,
    ),
  });
});

test("a name that one of ours has is refused: rows could not be told apart", async () => {
  const source = readFileSync(join(documented, "index.js"), "utf8").replace('name: "longest"', 'name: "best-of-n"');
  const clash = writePackage("clash", source);
  expect(await refused(`${clash}#best-of-n`)).toEqual({
    exitCode: 2,
    message: expect.stringMatching(/^method-name-taken: .*Received: best-of-n\. Rename it/),
  });
});
