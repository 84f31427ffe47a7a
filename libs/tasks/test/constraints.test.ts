import { describe, expect, it } from "vitest";
import {
  CONSTRAINT_KINDS,
  constraintsAllMet,
  constraintsMet,
  keptConstraints,
  parseConstraints,
  wholeText,
  type Constraint,
} from "../src/index.ts";

// Three lines, of 3, 2 and 3 words; two commas.
const RESPONSE = "- old stone, by\n- THE SEA\n- stone, waits star!\n";
const keeps = (constraint: Constraint, response = RESPONSE): boolean => keptConstraints(response, [constraint])[0]!;

describe("constraints", () => {
  it.each<[Constraint, boolean]>([
    [{ kind: "lines", count: 3 }, true],
    [{ kind: "lines", count: 2 }, false],
    [{ kind: "width", count: 3 }, false],
    [{ kind: "capitals", where: "all" }, false],
    [{ kind: "capitals", where: "first" }, false],
    [{ kind: "capitals", where: "last" }, false],
    [{ kind: "mark", mark: "!" }, false],
    [{ kind: "commas", count: 2 }, true],
    [{ kind: "commas", count: 1 }, false],
    [{ kind: "commas", count: 3 }, false],
    [{ kind: "use", word: "sea" }, true],
    [{ kind: "use", word: "tide" }, false],
    [{ kind: "avoid", word: "tide" }, true],
    [{ kind: "avoid", word: "sea" }, false],
    [{ kind: "repeat", word: "stone", count: 2 }, true],
    [{ kind: "repeat", word: "stone", count: 3 }, false],
    [{ kind: "repeat", word: "stone", count: 1 }, false],
    [{ kind: "begin", word: "old" }, true],
    [{ kind: "begin", word: "stone" }, false],
    [{ kind: "end", word: "star" }, true],
    [{ kind: "end", word: "waits" }, false],
    [{ kind: "order", first: "stone", second: "sea" }, true],
    // The first "stone" counts, not the last.
    [{ kind: "order", first: "sea", second: "stone" }, false],
    [{ kind: "order", first: "tide", second: "sea" }, false],
    [{ kind: "order", first: "sea", second: "tide" }, false],
    [{ kind: "least", count: 8 }, true],
    [{ kind: "least", count: 9 }, false],
    [{ kind: "most", count: 8 }, true],
    [{ kind: "most", count: 7 }, false],
  ])("%j is kept: %s", (constraint, expected) => {
    expect(keeps(constraint)).toBe(expected);
  });

  it("asks width, marks and capitals of every line that they name", () => {
    expect(keeps({ kind: "width", count: 2 }, "- a b\n- c d\n")).toBe(true);
    expect(keeps({ kind: "mark", mark: "?" }, "- a?\n- b?\n")).toBe(true);
    expect(keeps({ kind: "mark", mark: "?" }, "- a\n- b?\n")).toBe(false);
    expect(keeps({ kind: "capitals", where: "all" }, "- A B\n- C\n")).toBe(true);
    expect(keeps({ kind: "capitals", where: "first" }, "- A B\n- c\n")).toBe(true);
    expect(keeps({ kind: "capitals", where: "last" }, "- A B\n- c\n")).toBe(false);
    expect(keeps({ kind: "capitals", where: "last" }, "- a\n- B\n")).toBe(true);
  });

  it("does not depend on the newline at the end, bullets, blank lines or the case of words", () => {
    const same = "Old stone, by\n\n  the SEA\nSTONE, waits star!";
    for (const kind of ["lines", "commas", "least", "most"] as const) {
      const count = { lines: 3, commas: 2, least: 8, most: 8 }[kind];
      expect(keeps({ kind, count }, same)).toBe(true);
    }
    expect(keeps({ kind: "repeat", word: "stone", count: 2 }, same)).toBe(true);
    expect(keeps({ kind: "begin", word: "old" }, same)).toBe(true);
  });

  it.each(["", "\n", "- \n", "!?"])("are all broken by a response without a word: %j", (response) => {
    const easy: Constraint[] = [
      { kind: "avoid", word: "sea" },
      { kind: "most", count: 5 },
      { kind: "mark", mark: "!" },
      { kind: "width", count: 3 },
    ];
    expect(keptConstraints(response, easy)).toEqual([false, false, false, false]);
  });

  it("come in 13 kinds", () => {
    expect(CONSTRAINT_KINDS).toHaveLength(13);
  });
});

describe("graders of constraints", () => {
  const constraints: Constraint[] = [
    { kind: "lines", count: 3 },
    { kind: "use", word: "sea" },
    { kind: "end", word: "star" },
    { kind: "most", count: 5 },
  ];
  const problem = (chosen: readonly Constraint[]) =>
    ({ id: "p", messages: [], cluster: "c", split: "test", reference: JSON.stringify(chosen) }) as const;
  const none = { kind: "unparsable" } as const;

  it("give the share of the constraints that are met, and whether all are", () => {
    expect(constraintsMet.grade(problem(constraints), RESPONSE, none)).toBe(0.75);
    expect(constraintsAllMet.grade(problem(constraints), RESPONSE, none)).toBe(0);
    expect(constraintsMet.grade(problem(constraints.slice(0, 3)), RESPONSE, none)).toBe(1);
    expect(constraintsAllMet.grade(problem(constraints.slice(0, 3)), RESPONSE, none)).toBe(1);
    expect(constraintsMet.grade(problem(constraints), "", none)).toBe(0);
  });

  it("read their reference as it was written", () => {
    expect(parseConstraints(JSON.stringify(constraints))).toEqual(constraints);
    expect(() => parseConstraints('[{"kind":"rhyme"}]')).toThrow(/kind/);
    expect(() => parseConstraints("[]")).toThrow(/1/);
  });
});

describe("whole-text extractor", () => {
  const key = (response: string) => {
    const answer = wholeText.extract(response);
    return answer.kind === "answer" ? answer.key : answer.kind;
  };

  it("takes responses for the same that differ in spaces and blank lines only", () => {
    expect(key("- a  b \n\n- c\n")).toBe(key("- a b\n- c"));
    expect(key("- a b\n- c\n")).not.toBe(key("- a b c\n"));
    expect(key("- a\n")).not.toBe(key("- A\n"));
  });

  it("finds nothing in a blank response", () => {
    expect(key(" \n\n")).toBe("unparsable");
  });
});
