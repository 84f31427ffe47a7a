import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listDatasets, loadDataset } from "../src/index.ts";

const published = fileURLToPath(new URL("../../../datasets", import.meta.url));
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "touchstone-tasks-"));
  await cp(published, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

/** Changes a split file and states its new checksum, as someone who edits a dataset on purpose would. */
async function edit(split: string, change: (lines: string[]) => string[]): Promise<void> {
  const path = join(folder, "arith", `${split}.jsonl`);
  const text = `${change((await readFile(path, "utf8")).trimEnd().split("\n")).join("\n")}\n`;
  await writeFile(path, text);
  const manifestPath = join(folder, "arith.json");
  const manifest = JSON.parse(await readFile(manifestPath, "utf8"));
  manifest.splits[split].sha256 = createHash("sha256").update(text).digest("hex");
  await writeFile(manifestPath, JSON.stringify(manifest));
}

describe("the built-in dataset arith", () => {
  it("has the problems, clusters and splits that its manifest counts", async () => {
    const manifest = (await listDatasets(published)).find(({ name }) => name === "arith");
    const dataset = await loadDataset(published, "arith");
    expect(dataset.splits.toSorted()).toEqual(["shift", "test", "train", "validation"]);
    for (const split of dataset.splits) {
      expect(dataset.problems(split)).toHaveLength(manifest?.splits[split]?.problems ?? -1);
      for (const problem of dataset.problems(split)) {
        expect(problem.split).toBe(split);
        expect(dataset.grader.grade(problem, "", { kind: "answer", key: problem.reference })).toBe(1);
      }
    }
    expect(new Set(dataset.problems("test").map(({ cluster }) => cluster)).size).toBeGreaterThanOrEqual(300);
  });

  // What lies in everybody's pools is graded under these: another version grades all of it anew.
  it.each([
    ["arith", "64aef89ce983d794e93880ac3d953a866defcf0a8fa5a2e6e3f6d1376973787b"],
    ["instruct", "2475d99b67bbb682d31adedc7527ce21dafc82279ba3415a762b7c0699ad593c"],
    ["instruct-strict", "aac7fa176600ab3c277dfa26d83c985c4619f3603b4a180910a6174e8e9039c1"],
  ])("%s keeps the version it was published with", async (name, version) => {
    expect((await loadDataset(published, name)).version).toBe(version);
  });

  it("changes its version when a problem changes", async () => {
    const before = await loadDataset(folder, "arith");
    await edit("test", (lines) =>
      lines.map((line, index) => (index === 0 ? line.replace('"prompt":"', '"prompt":"Once: ') : line)),
    );
    expect((await loadDataset(folder, "arith")).version).not.toBe(before.version);
  });

  it("can be loaded by the path of its manifest", async () => {
    const byPath = await loadDataset("elsewhere", join(folder, "arith.json"));
    expect(byPath.version).toBe((await loadDataset(folder, "arith")).version);
  });
});

describe("a faulty dataset", () => {
  it("names what is known when the name is not", async () => {
    await expect(loadDataset(folder, "arithmetic")).rejects.toThrow(
      /unknown-dataset: .* Received: arithmetic\. Known: .*\barith, .*\binstruct, instruct-strict\b/,
    );
  });

  it("says which file has another checksum, and which", async () => {
    const path = join(folder, "arith", "test.jsonl");
    const changed = (await readFile(path, "utf8")).replace('"prompt":"', '"prompt":"Once: ');
    await writeFile(path, changed);
    const digest = createHash("sha256").update(changed).digest("hex");
    await expect(loadDataset(folder, "arith")).rejects.toThrow(
      new RegExp(`checksum-mismatch: .*test\\.jsonl is not the file .* Received: ${digest}`),
    );
  });

  it.each([
    ["it is not JSON", () => '{"id": '],
    ["it is not an object with fields", () => "[1]"],
    ['the field "prompt" is missing or not a text', (line: string) => line.replace('"prompt"', '"question"')],
    ["the reference is not a number", (line: string) => line.replace(/"answer":"\d+"/, '"answer":"many"')],
    ['the id "arith-test-0000" is already that of line 1', (_: string, first: string) => first],
  ])("names the line where %s", async (why, change) => {
    await edit("test", (lines) => lines.map((line, index) => (index === 6 ? change(line, lines[0] ?? "") : line)));
    const message = await loadDataset(folder, "arith").catch((error: Error) => error.message);
    expect(message).toContain("corrupt-problem: Line 7 of ");
    expect(message).toContain(why);
    expect(message).toContain("Correct that line");
  });

  it("names the line that a file was cut off in, before its checksum", async () => {
    const path = join(folder, "arith", "test.jsonl");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.slice(0, text.length - 20));
    await expect(loadDataset(folder, "arith")).rejects.toThrow(/corrupt-problem: Line 1296 of .*it is not JSON/);
  });

  it("does not accept one problem in two splits", async () => {
    const test = (await readFile(join(folder, "arith", "test.jsonl"), "utf8")).split("\n", 1)[0] ?? "";
    await edit("shift", (lines) => [test, ...lines.slice(1)]);
    await expect(loadDataset(folder, "arith")).rejects.toThrow(/overlapping-splits: .*arith-test-0000/);
  });

  it("does not accept another number of problems than its manifest counts", async () => {
    await edit("test", (lines) => lines.slice(1));
    await expect(loadDataset(folder, "arith")).rejects.toThrow(/The manifest counts 1296 problems .* Received: 1295/);
  });

  it("names the field at fault in a manifest", async () => {
    const path = join(folder, "arith.json");
    await writeFile(path, (await readFile(path, "utf8")).replace('"numeric"', '"by-eye"'));
    await expect(loadDataset(folder, "arith")).rejects.toThrow(
      /corrupt-manifest: .*extractor.* Received: .*arith\.json/,
    );
  });

  it("says which file is missing", async () => {
    await rm(join(folder, "arith", "train.jsonl"));
    await expect(loadDataset(folder, "arith")).rejects.toThrow(
      /missing-file: .*train split.*ENOENT.* Received: .*train\.jsonl/,
    );
  });
});
