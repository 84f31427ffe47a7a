import { throwIfInterrupted, TouchstoneError, type Problem } from "@touchstone/core";
import type { GradeRow, Pool, SampleColumns } from "@touchstone/pool";
import { inChunks } from "./chunks.ts";
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
    const rows = wanted.flatMap(({ problem: id, promptHash }) => {
      const problem = problems.find((candidate) => candidate.id === id)!;
      return gradeRows(problem, promptHash, samples.get(id)!, grades.get(id)?.present, draw);
    });
    meter ??= new Meter("grades", draw.dataset.name, { done: before * draw.count, total }, options.onProgress);
    await pool.appendGrades(draw.key, draw.grading, rows);
    added += rows.length;
    meter.finished(rows.length);
  }
  return added;
}

function gradeRows(
  problem: Problem,
  promptHash: string,
  { size, text }: SampleColumns,
  present: Uint8Array | undefined,
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
