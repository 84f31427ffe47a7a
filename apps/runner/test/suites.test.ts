import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { catalogueFor } from "../src/catalogue.ts";
import { allClaims } from "../src/claims/files.ts";
import { missingFor, placesOf } from "../src/claims/places.ts";
import { checkedSuite } from "../src/suite-flags.ts";
import { readSuite, suiteFiles } from "../src/suites.ts";

// A pool that is not there: nothing was imported into it.
const pool = join(tmpdir(), "touchstone-no-such-pool");

test.each(await suiteFiles())("the suite $name names what there is", async ({ name }) => {
  const { suite } = await checkedSuite(await readSuite(name), pool);
  expect(suite.name).toBe(name);
  expect(suite.description).toBeTruthy();
});

test("only claims that need a training to have ended or a race cannot be run with what there is", async () => {
  const catalogue = await catalogueFor({}, []);
  const missing = (await allClaims())
    .flatMap(placesOf)
    .flatMap((place) => missingFor(place, catalogue, new Map()) ?? [])
    .map((reason) => reason.replace(/:.*| `.*$/, ""));
  expect(new Set(missing)).toEqual(new Set(["run", "needs race"]));
});
