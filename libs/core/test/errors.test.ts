import { expect, test } from "vitest";
import { canonicalJson } from "../src/canonical.ts";
import { TouchstoneError, throwIfInterrupted } from "../src/errors.ts";

test("a message holds the code, what is wrong, the value received and how to fix it", () => {
  const error = new TouchstoneError({
    code: "unknown-method",
    family: "usage",
    what: "No method has this name.",
    value: "best-off-n",
    fix: "Did you mean best-of-n?",
  });
  expect(error.message).toBe("unknown-method: No method has this name. Received: best-off-n. Did you mean best-of-n?");
  expect(error.exitCode).toBe(2);
});

test("a fired signal ends work with exit code 130", () => {
  expect(() => throwIfInterrupted(undefined, "fill")).not.toThrow();
  expect(() => throwIfInterrupted(AbortSignal.abort(), "fill")).toThrow(
    expect.objectContaining({ code: "interrupted", exitCode: 130 }),
  );
});

test("canonical JSON is the same for equal values whatever the order of keys", () => {
  expect(canonicalJson({ b: [1, { d: 1, c: 2 }], a: null })).toBe(canonicalJson({ a: null, b: [1, { c: 2, d: 1 }] }));
});
