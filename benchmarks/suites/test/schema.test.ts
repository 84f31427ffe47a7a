import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suiteJsonSchema } from "@touchstone/evaluation";
import { expect, test } from "vitest";

const file = join(import.meta.dirname, "..", "suite.schema.json");

test("the published schema is the one that suites are checked by (npm run schema -w @touchstone/suites writes it)", () => {
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(suiteJsonSchema())));
});
