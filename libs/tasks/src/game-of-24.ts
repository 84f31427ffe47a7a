import type { Answer, Extractor, Grader } from "@touchstone/core";
import { calculation } from "./arithmetic.ts";

const TARGET = 24;

/**
 * Reads the calculation on the last line of a response: `Answer: (6 - 4) * (10 + 2) = 24`, with or without the word and the
 * result. Calculations that differ by brackets or by the order of summands and factors are one answer.
 */
export const lastCalculation: Extractor = {
  name: "calculation",
  extract(response): Answer {
    const read = calculation(lastLine(response));
    return read ? { kind: "answer", key: read.spelling } : { kind: "unparsable" };
  },
};

/**
 * 1 where the answer is a solution of the Game of 24 (Yao et al. 2023): it takes each of the reference's four numbers exactly
 * once, and its value is 24, exactly. 0 otherwise.
 */
export const gameOf24: Grader = {
  name: "game-of-24",
  grade({ reference }, _response, answer) {
    const read = answer.kind === "answer" ? calculation(answer.key) : undefined;
    const given = fourNumbers(reference);
    if (!read || !given || !read.value.equals(TARGET)) return 0;
    return sorted(read.numbers) === sorted(given) ? 1 : 0;
  },
};

/** The numbers of a puzzle such as `4 5 6 10`; undefined where they are not four whole numbers. */
export function fourNumbers(reference: string): readonly number[] | undefined {
  const parts = reference.trim().split(/[\s,]+/);
  return parts.length === 4 && parts.every((part) => /^\d+$/.test(part)) ? parts.map(Number) : undefined;
}

function lastLine(response: string): string {
  const line = response.trim().split("\n").at(-1) ?? "";
  return line
    .replace(/^answer:\s*/i, "")
    .split("=", 1)[0]!
    .trim();
}

function sorted(numbers: readonly number[]): string {
  return numbers.toSorted((a, b) => a - b).join(" ");
}
