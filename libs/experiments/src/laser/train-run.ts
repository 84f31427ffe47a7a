import type { Spend } from "@touchstone/core";
import type { TrainingModels } from "./models.ts";
import { RunFiles, type EvaluationRecord } from "./run-files.ts";
import { Teacher, type Lesson, type StepSeconds, type TeacherOptions } from "./teacher.ts";

/** Trains a policy for `steps` steps from where its own checkpoint stands, and returns its weights. */
export type PolicyTrainer<W> = (options: {
  readonly steps: number;
  /** The pairs of a step, drawn from the weights it starts with. */
  readonly lesson: (step: number, weights: W) => Promise<Lesson>;
  /** After every step: the loss before the update, what training on the pairs cost, and seconds in `lesson` and outside. */
  readonly onStep: (loss: number, spend: Partial<Spend>, seconds: StepSeconds) => Promise<void>;
}) => Promise<W>;

export interface TrainRunOptions<W> extends TeacherOptions {
  /** Holds the run's records. */
  readonly folder: string;
  /** Equal parts of the training, each followed by an evaluation; divides `steps`. */
  readonly iterations: number;
  readonly models: TrainingModels;
  readonly train: PolicyTrainer<W>;
  /** Makes these weights those that `models` draw from. */
  readonly use: (weights: W) => Promise<void>;
  /** Evaluates the policy that is in use after so many iterations, where that is asked for: 0 is the policy as it was. */
  readonly evaluate: (iteration: number) => Promise<readonly EvaluationRecord[]>;
  /** Told the weights at the end of the training, before the last evaluation; again where a run was stopped in between. */
  readonly onTrained?: (weights: W) => Promise<void>;
  /** Told the number of steps done. */
  readonly onStep?: (done: number) => void;
}

/**
 * Trains a policy by reward models under one rule, evaluating it before the first iteration and after each. A run that was stopped, however
 * suddenly, continues from the trainer's checkpoint to the same result; a finished one returns at once. Throws what training throws.
 */
export async function trainRun<W>(options: TrainRunOptions<W>): Promise<void> {
  const { folder, iterations, steps, models, train, use, evaluate, onStep, onTrained } = options;
  const perIteration = steps / iterations;
  const files = new RunFiles(folder);
  if (await isFinished(files, iterations)) return;
  const evaluated = new Set((await files.evaluations()).map(({ iteration }) => iteration));
  let teacher: Teacher | undefined;

  const evaluateOnce = async (iteration: number): Promise<void> => {
    if (evaluated.has(iteration)) return;
    const found = await evaluate(iteration);
    if (found.length > 0) await files.addEvaluation(found);
    evaluated.add(iteration);
  };
  /** Of the step in flight: evaluating is no part of what training takes. */
  let evaluating = 0;
  const weights = await train({
    steps,
    async lesson(step, current) {
      await use(current);
      const began = performance.now();
      if (step % perIteration === 0) await evaluateOnce(step / perIteration);
      evaluating = (performance.now() - began) / 1000;
      teacher ??= new Teacher(options, models, await files.rewind(step));
      return teacher.lesson(step);
    },
    async onStep(loss, spend, seconds) {
      const batch = Math.max(0, seconds.batch - evaluating);
      const record = teacher!.learn(loss, spend, { ...seconds, batch });
      await files.addStep(record);
      onStep?.(record.step + 1);
    },
  });
  await use(weights);
  await onTrained?.(weights);
  await evaluateOnce(iterations);
}

/** Whether the last evaluation was made. */
export async function isFinished(files: RunFiles, iterations: number): Promise<boolean> {
  return (await files.evaluations()).some(({ iteration }) => iteration === iterations);
}
