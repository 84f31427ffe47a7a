import { drawnView } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { greedy } from "../src/index.ts";

test("asks for one response at temperature zero", () => {
  expect(greedy.needs).toMatchObject({ atMost: 1, decoding: { temperature: 0 } });
});

test("rows of a tile that hold the same response share the mass", () => {
  const pool = drawnView({ tokens: [12, 12, 12, 12] });
  expect(greedy.expectation!(pool, 1, {})).toEqual(Float64Array.of(0.25, 0.25, 0.25, 0.25));
});
