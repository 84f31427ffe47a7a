import { TouchstoneError } from "@touchstone/core";
import { Progress } from "./progress.ts";

/** A part of the training that can be done, and resumed, by itself. */
export interface Stage {
  readonly name: string;
  /** Run by name only: a trial that no model needs. */
  readonly onRequest?: boolean;
  /** What it left behind the last time, if it was finished. */
  readonly isDone: () => Promise<boolean>;
  readonly run: (progress: Progress, signal: AbortSignal) => Promise<void>;
}

/** Runs the stages in order; those that are done are skipped, or `only` is run whatever it left before. */
export async function runStages(
  stages: readonly Stage[],
  log: string,
  signal: AbortSignal,
  only?: string,
): Promise<void> {
  const chosen =
    only === undefined ? stages.filter(({ onRequest }) => !onRequest) : stages.filter(({ name }) => name === only);
  if (chosen.length === 0) {
    throw new TouchstoneError({
      code: "unknown-stage",
      family: "usage",
      what: "The training has no stage of this name.",
      value: only,
      fix: `Stages: ${stages.map(({ name }) => name).join(", ")}.`,
    });
  }
  for (const stage of chosen) {
    const progress = new Progress(log, stage.name);
    if (only === undefined && (await stage.isDone())) {
      await progress.say("done before");
      continue;
    }
    const started = performance.now();
    await stage.run(progress, signal);
    await progress.say(`finished in ${Math.round((performance.now() - started) / 1000)} s`);
  }
}
