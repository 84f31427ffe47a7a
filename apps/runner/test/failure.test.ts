import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { afterAll, expect, test } from "vitest";
import { failureOf } from "../src/failure.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-failure-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a bug becomes one line that names a file; the file holds the stack traces and the arguments", () => {
  const bug = new Error("x is undefined\nsecond line", { cause: new RangeError("the reason") });
  const { message, exitCode } = failureOf(bug, ["run", "quick"], folder);
  expect(exitCode).toBe(1);
  expect(message).toMatch(
    /^internal-error: Touchstone failed by a bug \(x is undefined\)\. Please report it .*\.log\./,
  );
  expect(message).not.toContain("\n");
  const log = readFileSync(/in (\S+\.log)\./.exec(message!)![1]!, "utf8");
  expect(log).toMatch(/failure\.test\.ts:\d+/);
  expect(log).toContain("caused by: RangeError: the reason");
  expect(log).toContain('["run","quick"]');
});

test("an error that a user can cause is its own message, with the exit code of its family", () => {
  const error = new TouchstoneError({ code: "pool-locked", family: "pool", what: "In use.", value: "p", fix: "Wait." });
  expect(failureOf(error, [], folder)).toEqual({ message: "pool-locked: In use. Received: p. Wait.", exitCode: 4 });
});

test("an error of the family `internal` is logged like a bug, under its own code", () => {
  const error = new TouchstoneError({ code: "invalid-grade", family: "internal", what: "Bad.", fix: "Report it." });
  const { message, exitCode } = failureOf(error, [], folder);
  expect(exitCode).toBe(1);
  expect(message).toMatch(/^invalid-grade: Bad\. .*\.log\./);
});

test("a log that cannot be written does not hide the failure", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  const { message } = failureOf(new Error("boom"), [], join(file, "logs"));
  expect(message).toMatch(/^internal-error: .*\(boom\)\. The details could not be written/);
});
