import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { SPLIT_SIZES } from "../src/held-out.ts";

export interface SplitProblem {
  readonly prompt: string;
  readonly template: { readonly id: string };
}

export interface SplitWorld<P extends SplitProblem> {
  readonly name: string;
  readonly splits: Readonly<Record<"train" | "validation" | "test" | "shift", readonly P[]>>;
  readonly isShift: (template: P["template"]) => boolean;
  /** A problem as its line of the published file has it, without the id. */
  readonly lineOf: (problem: P) => object;
}

/** What the splits of every built-in world keep. */
export function checkSplits<P extends SplitProblem>({ name, splits, isShift, lineOf }: SplitWorld<P>): void {
  it("share no problem", () => {
    const heldOut = [...splits.validation, ...splits.test, ...splits.shift].map(({ prompt }) => prompt);
    const known = new Set(heldOut);
    expect(known.size).toBe(heldOut.length);
    expect(splits.train.filter(({ prompt }) => known.has(prompt))).toEqual([]);
  });

  it("test at least 1,200 problems from at least 300 templates, shift at least 400", () => {
    const templates = new Set(splits.test.map(({ template }) => template.id));
    expect(templates.size).toBe(SPLIT_SIZES.test.templates);
    expect(templates.size).toBeGreaterThanOrEqual(300);
    expect(splits.test.length).toBeGreaterThanOrEqual(1200);
    expect(splits.shift.length).toBeGreaterThanOrEqual(400);
  });

  it("hold one problem of every template before a second of any, so that the first few are a fair sample", () => {
    const first = splits.test.slice(0, SPLIT_SIZES.test.templates);
    expect(new Set(first.map(({ template }) => template.id)).size).toBe(first.length);
  });

  it("keep the templates of shift from every other split", () => {
    const others = [...splits.train, ...splits.validation, ...splits.test];
    expect(others.filter(({ template }) => isShift(template))).toEqual([]);
    expect(splits.shift.filter(({ template }) => !isShift(template))).toEqual([]);
  });

  it.each(["train", "validation", "test", "shift"] as const)("%s is what the published file holds", async (split) => {
    const file = await readFile(new URL(`../../../datasets/${name}/${split}.jsonl`, import.meta.url), "utf8");
    const lines = splits[split].map((problem, index) => {
      const id = `${name}-${split}-${String(index).padStart(4, "0")}`;
      return `${JSON.stringify({ id, ...lineOf(problem) })}\n`;
    });
    expect(file).toBe(lines.join(""));
  });
}
