import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Problem } from "@touchstone/core";
import { describe, expect, test } from "vitest";
import { boxed } from "../src/boxed.ts";
import { gameOf24, lastCalculation } from "../src/game-of-24.ts";
import { mathEquivalent } from "../src/math-equivalent.ts";

const DATA = resolve(import.meta.dirname, "../../../../shared/data");
const read = (path: string) => readFileSync(join(DATA, path), "utf8");
const problem = (id: string | number, reference: string): Problem => {
  return { id: String(id), messages: [], cluster: "", split: "test", reference };
};

describe.skipIf(!existsSync(DATA))(
  "on responses that others graded (skipped where ../shared/data is not there)",
  () => {
    test.each([
      ["cot", "infos"],
      ["standard", "accs"],
    ])("all 10,000 solutions of the Game of 24 (%s) are graded as their authors graded them", (prompt, recorded) => {
      const puzzles = read("pool_game24_gpt4_100/24.csv")
        .split("\n")
        .slice(1)
        .map((line) => line.split(",")[1]!);
      const records = JSON.parse(read(`pool_game24_gpt4_100/gpt-4_0.7_naive_${prompt}_sample_100.json`)) as {
        readonly idx: number;
        readonly ys: readonly string[];
        readonly infos?: readonly { readonly r: number }[];
        readonly accs?: readonly boolean[];
      }[];
      let graded = 0;
      for (const { idx, ys, infos, accs } of records) {
        for (const [i, response] of ys.entries()) {
          const grade = gameOf24.grade(problem(idx, puzzles[idx]!), response, lastCalculation.extract(response));
          const theirs = Number(recorded === "infos" ? infos![i]!.r : accs![i]);
          expect([idx, i, grade]).toEqual([idx, i, theirs]);
          graded++;
        }
      }
      expect(graded).toBe(10_000);
    });

    test("800 solutions of MATH are graded as recorded, but for one that spells 10{,}000 as 10000", () => {
      const records = read("pool_math_qwen_rm8/math_cot_100.jsonl")
        .trim()
        .split("\n")
        .map((line) => {
          return JSON.parse(line) as { idx: number; gt: string; code: readonly string[]; score: readonly boolean[] };
        });
      const disagreements = records.flatMap(({ idx, gt, code, score }) =>
        code.flatMap((response, i) => {
          const ours = mathEquivalent.grade(problem(idx, gt), response, boxed.extract(response));
          return ours === Number(score[i]) ? [] : [{ idx, gt, ours, theirs: score[i] }];
        }),
      );
      expect(disagreements).toEqual([{ idx: 72, gt: "10{,}000", ours: 1, theirs: false }]);
    });
  },
);
