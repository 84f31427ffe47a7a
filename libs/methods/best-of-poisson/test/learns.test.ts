import { expect, test } from "vitest";
import { bestOfPoisson } from "../src/index.ts";

test("only hedging learns from labelled problems", () => {
  const learns = (given: object) => bestOfPoisson.needs.learns!(bestOfPoisson.parameters.parse(given) as never);
  expect([learns({}), learns({ mean: 3 }), learns({ mean: "hedged" })]).toEqual([false, false, true]);
});
