import { describe, expect, it } from "vitest";
import { canonicalNumber, exactNumber, numeric } from "../src/index.ts";

const key = (response: string) => {
  const answer = numeric.extract(response);
  return answer.kind === "answer" ? answer.key : answer.kind;
};

describe("numeric extractor", () => {
  it.each([
    ["#### 12", "12"],
    ["#### 12.0", "12"],
    ["#### +12", "12"],
    ["#### 012", "12"],
    ["####12", "12"],
    ["#### 1,200", "1200"],
    ["#### 1200.50", "1200.5"],
    ["#### -0", "0"],
    ["#### -3.25", "-3.25"],
    ["#### $18", "18"],
    ["#### 18.", "18"],
    ["#### 18 apples", "18"],
    ["12+5=17 ; 17*3=51 ; #### 51", "51"],
    ["first #### 3\nno, #### 4\nthat is it", "4"],
    ["#### 90071992547409931", "90071992547409931"],
  ])("reads %j as %s", (response, expected) => {
    expect(key(response)).toBe(expected);
  });

  it.each([
    "",
    "51",
    "the answer is 51",
    "####",
    "#### ",
    "#### many",
    "#### 12 13",
    "#### 12+5",
    "#### 12=",
    "#### 1,20",
  ])("finds no single number in %j", (response) => {
    expect(key(response)).toBe("unparsable");
  });

  it("keeps different numbers apart beyond the precision of doubles", () => {
    expect(canonicalNumber("9007199254740993")).not.toBe(canonicalNumber("9007199254740992"));
  });
});

describe("exact-number grader", () => {
  const problem = { id: "p", messages: [], cluster: "c", split: "test", reference: "1,200.0" } as const;

  it("gives 1 to the reference in any spelling, 0 to another number and to no answer", () => {
    const grade = (response: string) => exactNumber.grade(problem, response, numeric.extract(response));
    expect(grade("#### 1200")).toBe(1);
    expect(grade("#### 1201")).toBe(0);
    expect(grade("1200")).toBe(0);
  });
});
