import { throwIfInterrupted, TouchstoneError, type Problem } from "@touchstone/core";
import type { GradeRow, Pool, SampleColumns } from "@touchstone/pool";
import { inChunks } from "./chunks.ts";
import { judgedRows } from "./fill-judged.ts";
import type { Draw } from "./draws.ts";
import { Meter } from "./meter.ts";
import type { WorkOptions } from "./progress.ts";

/** Answers and grades of a draw's samples; only what is missing. Returns how many were added. */
export async function fillGrades(pool: Pool, draw: Draw, options: WorkOptions): Promise<number> {
  let added = 0;
  let meter: Meter | undefined;
  const total = draw.count * draw.problems.length;
  for (const { problems, prompts, before } of inChunks(draw)) {
    throwIfInterrupted(options.signal, "grading");
    const grades = await pool.grades(draw.key, draw.grading, prompts, draw.count);
    const incomplete = new Set(
      problems.filter(({ id }) => !isComplete(grades.get(id)?.present, draw.count)).map(({ id }) => id),
    );
    if (incomplete.size === 0) continue;
    const wanted = prompts.filter(({ problem }) => incomplete.has(problem));
    const samples = await pool.samples(draw.key, wanted, draw.count);
    meter ??= new Meter("grades", draw.dataset.name, { done: before * draw.count, total }, options.onProgress);
    const ungraded = wanted.map(({ problem: id, promptHash }) => ({
      problem: problems.find((candidate) => candidate.id === id)!,
      promptHash,
      samples: samples.get(id)!,
      present: grades.get(id)?.present,
    }));
    for await (const rows of rowsOf(ungraded, draw, options)) {
      await pool.appendGrades(draw.key, draw.grading, rows);
      added += rows.length;
      meter.finished(rows.length);
    }
  }
  return added;
}

/** A problem's samples, of which some have no grade. */
export interface Ungraded {
  readonly problem: Problem;
  readonly promptHash: string;
  readonly samples: SampleColumns;
  /** 1 where a grade is stored. */
  readonly present: Uint8Array | undefined;
}

/** Rows that go to disk together: all that are computed, a few at a time of those that a judge is asked for. */
async function* rowsOf(ungraded: readonly Ungraded[], draw: Draw, options: WorkOptions): AsyncGenerator<GradeRow[]> {
  if (draw.dataset.grader.judge) yield* judgedRows(ungraded, draw.dataset, draw.dataset.grader.judge, options);
  else yield ungraded.flatMap((one) => gradeRows(one, draw));
}

function gradeRows(
  { problem, promptHash, samples: { size, text }, present }: Ungraded,
  { dataset: { extractor, grader, name } }: Draw,
): GradeRow[] {
  const rows: GradeRow[] = [];
  for (let index = 0; index < size; index++) {
    if (present?.[index] === 1) continue;
    const answer = extractor.extract(text[index]!);
    const grade = grader.grade(problem, text[index]!, answer);
    const isGrade = grader.gold === "none" ? Number.isNaN(grade) : grade >= 0 && grade <= 1;
    if (!isGrade) throw badGrade(name, grader.name, grade);
    rows.push({ problem: problem.id, promptHash, index, answer: answer.kind === "answer" ? answer.key : null, grade });
  }
  return rows;
}

function isComplete(present: Uint8Array | undefined, count: number): boolean {
  return present !== undefined && present.length >= count && !present.subarray(0, count).includes(0);
}

function badGrade(dataset: string, grader: string, grade: number): TouchstoneError {
  return new TouchstoneError({
    code: "invalid-grade",
    family: "internal",
    what: `The grader ${grader} of the dataset ${dataset} gave a grade outside 0 to 1, or one where it has no gold.`,
    value: grade,
    fix: "This is an error in the grader.",
  });
}
