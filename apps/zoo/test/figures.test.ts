import { expect, it } from "vitest";
import { accuracy, bestOf, concordance, figure, outvoted, solved, type Graded } from "../src/figures.ts";
import { isMalformed, isShortCut } from "../src/arith/draw.ts";

const right: Graded = { answer: "7", correct: true };
const wrong = (answer?: string): Graded => ({ ...(answer !== undefined && { answer }), correct: false });

it("counts a problem as outvoted only when one wrong answer has strictly more votes than the right one", () => {
  expect(outvoted([right, wrong("8"), wrong("9"), wrong("9")])).toBe(1);
  expect(outvoted([right, right, wrong("8"), wrong("9"), wrong("9")])).toBe(0);
  expect(outvoted([right, wrong("8"), wrong("9")])).toBe(0);
  expect(outvoted([wrong(), wrong(), right])).toBe(0);
});

it("tells the share of right samples and whether there is any", () => {
  const responses = [right, wrong("1"), wrong("2"), wrong()];
  expect(accuracy(responses)).toBe(0.25);
  expect(solved(responses)).toBe(1);
  expect(solved([wrong("1")])).toBe(0);
});

it("orders right over wrong: all pairs right, half of them, and no figure without both kinds", () => {
  expect(concordance([2, 1], [right, wrong("1")])).toBe(1);
  expect(concordance([2, 1, 0, 3], [right, wrong("1"), right, wrong("2")])).toBe(0.25);
  expect(concordance([1, 2], [right, right])).toBeNaN();
});

it("chooses in expectation over all subsets", () => {
  // Subsets of two of three: {0,1} and {0,2} choose sample 0, {1,2} chooses sample 1.
  expect(bestOf(2, [3, 2, 1], (index) => [1, 0, 0][index] ?? 0)).toBeCloseTo(2 / 3, 12);
  expect(bestOf(1, [3, 2, 1], (index) => [1, 0, 0][index] ?? 0)).toBeCloseTo(1 / 3, 12);
  expect(bestOf(3, [3, 2, 1], (index) => [1, 0, 0][index] ?? 0)).toBe(1);
});

it("leaves problems without a value out and says how many there were", () => {
  const { estimate, problems, clusters } = figure("f", "", [1, Number.NaN, 0], ["a", "a", "b"], 4);
  expect({ estimate, problems, clusters }).toEqual({ estimate: 0.5, problems: 2, clusters: 2 });
});

it("knows the forms of a response", () => {
  expect(isShortCut("#### 51")).toBe(true);
  expect(isShortCut("12+5=17 ; #### 17")).toBe(false);
  expect(["#### 51", "12+5=17 ; #### 17", "1+1=3 ; #### 9"].filter(isMalformed)).toEqual([]);
  expect(["", "12+5=17", "12+5=17 ; ####", "12+5=17 #### 17", "Ada"].filter(isMalformed)).toHaveLength(5);
});
