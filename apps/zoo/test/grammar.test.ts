import { stream } from "@touchstone/core";
import { describe, expect, it } from "vitest";
import { drawProblem, instantiate, drawTemplate, shortCut, workedSolution } from "../src/arith/grammar.ts";
import { PATTERNS } from "../src/arith/patterns.ts";
import { heldOutProblems, isShift, trainingProblems } from "../src/arith/world.ts";
import { checkSplits } from "./split-checks.ts";

const drawn = Array.from({ length: 3000 }, (_, index) => drawProblem(stream(1, "grammar-test", index), () => true));

/** Reads the last quantity from the story alone, without the steps that the grammar recorded. */
function readStory(prompt: string): number {
  let x = Number.NaN;
  for (const sentence of prompt.split(/(?<=[.?]) /)) {
    const [a, b] = [...sentence.matchAll(/\d+/g)].map(Number) as [number, number];
    if (/^(Today|At first|One day|In a drawer)/.test(sentence)) x = a;
    else if (/buys \d+ boxes|brings/.test(sentence)) x += a * b;
    else if (/gives away|sells \d+ bags/.test(sentence)) x -= a * b;
    else if (/ more than /.test(sentence)) x += x + a;
    else if (/ fewer than /.test(sentence)) x += x - a;
    else if (/ (buys|finds|gets|wins) /.test(sentence)) x += a;
    else if (/ (loses|gives|sells|takes) /.test(sentence)) x -= a;
    else if (/ (times as many|trades|factor) ?/.test(sentence)) x *= a;
    else if (/ (equal parts|share) ?/.test(sentence)) x /= a;
  }
  return x;
}

describe("grammar", () => {
  it("has 19 sentences: 13 of one step, 6 of two", () => {
    expect(PATTERNS.map(({ cost }) => cost).toSorted()).toEqual([...Array(13).fill(1), ...Array(6).fill(2)]);
  });

  it("tells a story whose reading gives the recorded answer", () => {
    expect(drawn.map(({ prompt }) => [prompt, readStory(prompt)])).toEqual(
      drawn.map(({ prompt, answer }) => [prompt, answer]),
    );
  });

  it("writes solutions of true equations that end in the answer, one per step", () => {
    for (const problem of drawn) {
      const lines = workedSolution(problem).split(" ; ");
      expect(lines.at(-1)).toBe(`#### ${problem.answer}`);
      expect(lines.length - 1).toBe(problem.template.steps);
      for (const line of lines.slice(0, -1)) {
        const [, left, operator, right, result] = /^(\d+)([-+*/])(\d+)=(\d+)$/.exec(line) ?? [];
        const [l, r] = [Number(left), Number(right)];
        const value = { "+": l + r, "-": l - r, "*": l * r, "/": l / r }[operator ?? ""];
        expect({ line, value }).toEqual({ line, value: Number(result) });
      }
    }
  });

  it("keeps every number within the ranges of its setting", () => {
    const steps = drawn.flatMap((problem) => problem.steps);
    const over = (operator: string, side: "left" | "right") =>
      Math.max(...steps.filter((step) => step.operator === operator).map((step) => step[side]));
    expect(Math.min(...steps.map(({ result }) => result))).toBeGreaterThanOrEqual(1);
    expect(Math.max(...steps.map(({ result }) => result))).toBeLessThanOrEqual(999);
    expect(over("*", "left")).toBeLessThanOrEqual(99);
    expect(over("/", "right")).toBeLessThanOrEqual(9);
  });

  it("gives the answer alone in the short-cut form", () => {
    const problem = drawn[0]!;
    expect(shortCut(problem)).toBe(`#### ${problem.answer}`);
  });

  it("draws the same problem from the same key", () => {
    const once = () => instantiate(drawTemplate(stream(7, "a")), stream(7, "b"));
    expect(once()).toEqual(once());
  });
});

describe("splits", () => {
  const splits = {
    train: trainingProblems("train-slice", 2000),
    validation: heldOutProblems("validation"),
    test: heldOutProblems("test"),
    shift: heldOutProblems("shift"),
  };
  checkSplits({
    name: "arith",
    splits,
    isShift,
    lineOf: ({ prompt, answer, template, steps }) => ({
      prompt,
      answer: String(answer),
      template: template.id,
      steps: steps.length,
    }),
  });

  it("have their share of problems of one step among the first few, and none in shift", () => {
    // Binomial: a third of all problems has one step; 60 of them within four standard deviations.
    const oneStep = splits.test.slice(0, 60).filter(({ template }) => template.steps === 1).length;
    expect(Math.abs(oneStep - 20)).toBeLessThan(4 * Math.sqrt((60 * 2) / 9));
    expect(splits.shift.filter(({ template }) => template.steps < 2)).toEqual([]);
  });
});
