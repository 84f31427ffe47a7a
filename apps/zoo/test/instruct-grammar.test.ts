import { stream } from "@touchstone/core";
import { keptConstraints } from "@touchstone/tasks";
import { describe, expect, it } from "vitest";
import { compose } from "../src/instruct/compose.ts";
import { demonstrate, KEEPS } from "../src/instruct/demonstrator.ts";
import { drawRequest, instantiate, drawTemplate, MAX_CONSTRAINTS } from "../src/instruct/grammar.ts";
import { heldOutRequests, isShift, trainingRequests } from "../src/instruct/world.ts";
import { checkSplits } from "./split-checks.ts";

const drawn = Array.from({ length: 1500 }, (_, index) => drawRequest(stream(1, "instruct-test", index), () => true));

describe("requests", () => {
  it("have 1 to 8 constraints, each kind at most once, and never both bounds on the words", () => {
    for (const { constraints } of drawn) {
      const kinds = constraints.map(({ kind }) => kind);
      expect(kinds.length).toBeLessThanOrEqual(MAX_CONSTRAINTS);
      expect(new Set(kinds).size).toBe(kinds.length);
      expect(kinds.includes("least") && kinds.includes("most")).toBe(false);
    }
    expect(new Set(drawn.map(({ constraints }) => constraints.length)).size).toBe(MAX_CONSTRAINTS);
  });

  it("name every word and number that they ask for, each word for one purpose", () => {
    for (const { prompt, constraints } of drawn) {
      const words = constraints.flatMap((one) =>
        "word" in one ? [one.word] : "second" in one ? [one.first, one.second] : [],
      );
      expect(new Set(words).size).toBe(words.length);
      for (const word of words) expect(prompt).toContain(` ${word}`);
      const counts = constraints.flatMap((one) => ("count" in one ? [one.count] : []));
      for (const count of counts) expect(prompt).toContain(` ${count} `);
    }
  });

  it("can be met in full: a response is found that keeps every constraint", () => {
    for (const [index, request] of drawn.slice(0, 300).entries()) {
      const random = stream(2, "instruct-test", index);
      const all = request.constraints.map(() => true);
      const found = Array.from({ length: 20 }, () => compose(request, all, random)).find(({ exact }) => exact);
      expect(keptConstraints(found?.text ?? "", request.constraints)).toEqual(all);
    }
  });

  it("draws the same problem from the same key", () => {
    const once = () => instantiate(drawTemplate(stream(7, "a")), stream(7, "b"));
    expect(once()).toEqual(once());
  });
});

describe("demonstrations", () => {
  const shown = drawn.map((request, index) => demonstrate(request, stream(3, "instruct-test", index)));

  it("are lines that end with a newline", () => {
    for (const { response } of shown) expect(response).toMatch(/^(- [A-Za-z ,]+[!?.]?\n)+$/);
  });

  it("keep constraints at the stated rate, which falls with their number", () => {
    for (const [index, rate] of KEEPS.entries()) {
      const kept = shown
        .filter(({ kept: all }) => all.length === index + 1)
        .flatMap(({ kept: all }) => all.map(Number));
      const share = kept.reduce((sum, one) => sum + one, 0) / kept.length;
      // Four standard errors, and a little for requests that rule out what the coins asked for.
      expect(Math.abs(share - rate)).toBeLessThan(0.03 + 4 * Math.sqrt((rate * (1 - rate)) / kept.length));
    }
    expect(KEEPS.toSorted((a, b) => b - a)).toEqual([...KEEPS]);
  });
});

describe("splits", () => {
  checkSplits({
    name: "instruct",
    splits: {
      train: trainingRequests("train-slice", 2000),
      validation: heldOutRequests("validation"),
      test: heldOutRequests("test"),
      shift: heldOutRequests("shift"),
    },
    isShift,
    lineOf: ({ prompt, constraints, template }) => ({
      prompt,
      constraints: JSON.stringify(constraints),
      template: template.id,
    }),
  });
});
