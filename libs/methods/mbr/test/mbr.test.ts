import { stream } from "@touchstone/core";
import { massOnClasses, modes } from "@touchstone/stats";
import { drawnView, randomView, type DrawnArrays } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { mbr } from "../src/index.ts";

const select = (arrays: DrawnArrays, given: object = {}) =>
  mbr.select(drawnView(arrays), mbr.parameters.parse(given), stream(1));

test("the response most like all others wins, its likeness to itself counted once", () => {
  // ROUGE-1 of two-word texts: one shared word of two each is 1/2. "a b" meets "a c" and "b d": 1 + 1/2 + 1/2 + 0 of 4.
  expect(select({ text: ["a b", "a c", "b d", "e f"] })).toMatchObject({
    weights: Float64Array.of(1, 0, 0, 0),
    diagnostics: { mean_similarity: expect.closeTo(2 / 4, 9), tied_samples: 1 },
  });
});

test("equal means share the mass", () => {
  expect(select({ text: ["a b", "b a", "c d"] })).toMatchObject({ weights: Float64Array.of(0.5, 0.5, 0) });
  expect(select({ text: ["a", "b", "c"] })).toMatchObject({ diagnostics: { tied_samples: 3 } });
});

test("one response is like itself", () => {
  expect(select({ text: ["anything"] })).toMatchObject({
    weights: Float64Array.of(1),
    diagnostics: { mean_similarity: 1 },
  });
});

test("with equality it is majority vote, an unparsable response being an answer of its own", () => {
  const kinds = ["clean", "mixed", "ties", "equal", "unparsable"] as const;
  for (const kind of kinds) {
    for (let index = 0; index < 40; index++) {
      const view = randomView({ seed: 8, index, kind, rewardModels: 1, largest: 9, rewardRange: [0, 1] });
      const own = view.answers.map((answer, i) => (answer < 0 ? 100 + i : answer));
      const { classes } = modes(own, () => true);
      // Majority vote shares by answer, minimum Bayes risk by response: the same winners.
      const winners = massOnClasses(own, () => true, classes).map((weight) => Number(weight > 0));
      const selection = mbr.select(view, mbr.parameters.parse({ similarity: "equality" }), stream(1));
      if (selection.kind === "abstained") throw new Error("something was drawn");
      expect(selection.weights.map((weight) => Number(weight > 0))).toEqual(winners);
    }
  }
});
