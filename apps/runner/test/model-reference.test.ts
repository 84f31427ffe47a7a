import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseModelReference, spellModelReference } from "../src/model-reference.ts";
import { PLACES } from "../src/places.ts";

const before = process.cwd();
const here = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-references-")));
beforeAll(() => {
  mkdirSync(join(here, "org", "there"), { recursive: true });
  mkdirSync(join(here, "own-model"));
  process.chdir(here);
});
afterAll(() => {
  process.chdir(before);
  rmSync(here, { recursive: true, force: true });
});

const as = undefined;

test("a built-in model is known by its name and by its folder, and a name of no model is still a name", () => {
  expect(parseModelReference("arith")).toEqual({ kind: "built-in", name: "arith", as });
  expect(parseModelReference(join(PLACES.models, "arith"))).toEqual({ kind: "built-in", name: "arith", as });
  expect(parseModelReference("arit")).toEqual({ kind: "built-in", name: "arit", as });
});

test("a folder that is there is its absolute path, with or without a slash in what was typed", () => {
  for (const text of ["own-model", "./own-model", join(here, "own-model")]) {
    expect(parseModelReference(text)).toEqual({ kind: "folder", path: join(here, "own-model"), as });
  }
});

test("a path that cannot be a name of the hub stays as typed where nothing is", () => {
  for (const path of ["./none", "../none", "/no/model", "no/such/model", String.raw`C:\models\none`]) {
    expect(parseModelReference(path)).toEqual({ kind: "folder", path, as });
  }
});

test("owner and name are a model of the hub, with the branch, tag or commit behind an @", () => {
  const repository = "Qwen/Qwen2.5-0.5B";
  expect(parseModelReference(repository)).toEqual({ kind: "hub", repository, revision: undefined, as });
  for (const revision of ["main", "refs/pr/1", "060db6499f32faf8b98477b0a26969ef7d8b9987"]) {
    expect(parseModelReference(`${repository}@${revision}`)).toEqual({ kind: "hub", repository, revision, as });
  }
});

test("a folder goes before the hub, and so does a slip in a path among folders; an @ says that the hub is meant", () => {
  expect(parseModelReference("org/there")).toEqual({ kind: "folder", path: join(here, "org", "there"), as });
  expect(parseModelReference("org/their")).toEqual({ kind: "folder", path: "org/their", as });
  expect(parseModelReference("org/their@main")).toMatchObject({ kind: "hub", repository: "org/their" });
});

test("a served model is an address and a name, whatever slashes and colons are in them", () => {
  const url = "http://localhost:8000/v1";
  for (const text of [`${url}#Qwen/Qwen2.5-1.5B-Instruct`, `${url}/#Qwen/Qwen2.5-1.5B-Instruct`]) {
    expect(parseModelReference(text)).toEqual({ kind: "served", url, model: "Qwen/Qwen2.5-1.5B-Instruct", as });
  }
  expect(parseModelReference("https://host/v1#llama3:8b")).toMatchObject({ kind: "served", model: "llama3:8b" });
});

test("how a model is read stands at the end of every kind of reference", () => {
  const kinds = ["arith", join(here, "own-model"), "org/rm@v1", "http://localhost:8000#org/rm"];
  for (const text of kinds) {
    expect(parseModelReference(`${text}?as=genrm-rationale`)).toEqual({
      ...parseModelReference(text),
      as: "genrm-rationale",
    });
  }
});

test("a reference spelled again leads to the same model from anywhere", () => {
  const texts = ["arith", "own-model", "owner/rm", "org/rm@v1?as=classify", "http://localhost:8000/#org/rm?as=score"];
  for (const text of texts) {
    const reference = parseModelReference(text);
    const again = spellModelReference(reference);
    process.chdir("/");
    expect(parseModelReference(again)).toEqual(reference);
    process.chdir(here);
  }
});

test.each([
  ["org/name@", "names no branch, tag or commit", "`org/name@main`"],
  ["org/name@a..b", "names no branch, tag or commit", "`org/name@main`"],
  ["http://localhost:8000/v1", "names a server but none of its models", "`http://localhost:8000/v1#org/name`"],
  ["http://:0:1#m", "is no address of a server", "`http://localhost:8000/v1#org/name`"],
  ["org/rm?as=oracle", "A model is not read this way", "?as=classify"],
])("%s is refused with what is wrong and how it is written", (text, what, fix) => {
  expect(() => parseModelReference(text)).toThrow(
    expect.objectContaining({
      code: "bad-model-reference",
      what: expect.stringContaining(what),
      value: text,
      fix: expect.stringContaining(fix),
    }),
  );
});
