import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Problem } from "@touchstone/core";
import { describe, expect, test } from "vitest";
import { faultOfChoices, parseChoices } from "../src/choices.ts";
import { followedLoosely, followedStrictly } from "../src/ifeval/graders.ts";
import { ifevalReference, parseInstructions } from "../src/ifeval/instruction.ts";
import { letterChosen, optionChosen } from "../src/option-letter.ts";
import { shortAnswer, tokenF1 } from "../src/short-answer.ts";

const DATA = resolve(import.meta.dirname, "../../../../shared/data");
const read = (path: string) => readFileSync(join(DATA, path), "utf8");
const lines = <T>(path: string) =>
  read(path)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
const problem = (id: string, reference: string): Problem => ({
  id,
  messages: [],
  cluster: id,
  split: "test",
  reference,
});

describe.skipIf(!existsSync(DATA))("responses that models wrote (skipped where ../shared/data is not there)", () => {
  test("of 400 chains of thought about ARC all are read, each as the letter that it ends with", () => {
    const records = lines<{ id: string; answerKey: string; response: string }>("arc_challenge/test_head400.jsonl");
    const read400 = records.map(({ response }) => letterChosen.extract(response));
    // All of them were asked to end so.
    const ends = records.map(({ response }) => /best answer is (?:.*?)([A-E])[.\s)*]*$/s.exec(response)?.[1]);
    expect(read400).toEqual(ends.map((key) => ({ kind: "answer", key })));
    const right = records.filter(
      ({ id, answerKey, response }, i) => optionChosen.grade(problem(id, answerKey), response, read400[i]!) === 1,
    );
    expect(right).toHaveLength(records.filter(({ answerKey }, i) => ends[i] === answerKey).length);
  });

  test.each([
    // By the definition in Python (lower, string.punctuation, \b(a|an|the)\b, Counter): mean over the records of the best reference.
    ["hotpotqa", 13, 0.0744440286235952],
    ["2wikimqa", 13, 0.07986268976981051],
    ["musique", 7, 0.14669499983901607],
    ["qasper", 9, 0.11356580990185239],
    ["multifieldqa_en", 7, 0.23332031852831475],
  ])(
    "the mean token F1 of MiniLongBench's own predictions for %s is that of an independent computation",
    (task, count, mean) => {
      const records = Object.values(
        JSON.parse(read(`longbench_mini/MiniLongBench_${task}.json`)) as Record<
          string,
          { prediction: string; gold: string[] }
        >,
      );
      const grades = records.map(({ prediction, gold }) =>
        tokenF1.grade(problem(task, JSON.stringify(gold)), prediction, shortAnswer.extract(prediction)),
      );
      expect(grades).toHaveLength(count);
      expect(grades.reduce((sum, grade) => sum + grade, 0) / count).toBeCloseTo(mean, 12);
    },
  );

  test("on 541 responses to other requests, loose grades are never below strict ones, and most instructions are not followed", () => {
    const requests = lines<{ instruction_id_list: string[]; kwargs: Record<string, unknown>[] }>(
      "ifeval/input_data.jsonl",
    );
    const responses = (
      JSON.parse(read("alpaca_eval/gpt4_1106_preview_model_outputs.json")) as { output: string }[]
    ).map(({ output }) => output);
    let [strict, loose, total] = [0, 0, 0];
    for (const [i, { instruction_id_list: ids, kwargs }] of requests.entries()) {
      const instructions = parseInstructions(ifevalReference(ids, kwargs));
      const first = followedStrictly(responses[i]!, instructions);
      const second = followedLoosely(responses[i]!, instructions);
      for (const [k, followed] of first.entries()) expect([i, followed && !second[k]]).toEqual([i, false]);
      strict += first.filter(Boolean).length;
      loose += second.filter(Boolean).length;
      total += instructions.length;
    }
    expect(total).toBe(834);
    expect(strict).toBeLessThanOrEqual(loose);
    expect(loose).toBeLessThan(total / 2);
  });

  test("TruthfulQA: the choices of all 817 and 790 questions can be scored, with one right choice for MC1", () => {
    for (const [path, count, blanks] of [
      ["truthfulqa/data/v1/mc_task.json", 817, 0],
      ["truthfulqa/data/mc_task.json", 790, 39],
    ] as const) {
      const records = JSON.parse(read(path)) as Record<"mc1_targets" | "mc2_targets", Record<string, number>>[];
      expect(records).toHaveLength(count);
      let blank = 0;
      for (const targets of records.flatMap(({ mc1_targets, mc2_targets }) => [mc1_targets, mc2_targets])) {
        // The later version has blank choices, of no token and hence the likeliest: they are none.
        const choices = Object.keys(targets).filter((text) => text !== "");
        blank += Object.keys(targets).length - choices.length;
        const correct = [...choices.keys()].filter((index) => targets[choices[index]!] === 1);
        const reference = JSON.stringify({ choices, correct });
        expect(faultOfChoices(reference)).toBeUndefined();
        expect(parseChoices(reference)!.correct).toEqual(correct);
      }
      expect(blank).toBe(blanks);
      expect(
        records.every((record) => Object.values(record.mc1_targets).filter((mark) => mark === 1).length === 1),
      ).toBe(true);
    }
  });
});
