import { TouchstoneError } from "@touchstone/core";
import type { Context } from "../context.ts";
import { readExperiment } from "../experiments.ts";
import { trainLaser } from "../laser-training/train.ts";
import { trainPostTraining } from "../post-training/train.ts";
import type { Device } from "../values.ts";

export interface TrainOptions {
  readonly device?: Device | undefined;
  readonly out?: string | undefined;
  readonly export?: string | undefined;
  readonly dryRun?: true | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
}

/** How each kind of experiment is run. */
const KINDS: Readonly<Record<string, (given: unknown, options: TrainOptions, context: Context) => Promise<void>>> = {
  laser: trainLaser,
  "post-training": trainPostTraining,
};

/** `train`: an experiment that trains policies, from its file to tables and a page. Continues where it was stopped. */
export async function train(reference: string, options: TrainOptions, context: Context): Promise<void> {
  context.interruption.enter("loading");
  context.interruption.again = "Run the same command again: it goes on where this one stopped.";
  const given = await readExperiment(reference);
  const kind = (given as { readonly kind?: unknown } | null | undefined)?.kind;
  const run = typeof kind === "string" ? KINDS[kind] : undefined;
  if (run !== undefined) return run(given, options, context);
  throw new TouchstoneError({
    code: "invalid-experiment",
    family: "usage",
    what: `The experiment does not say what kind it is; there is ${Object.keys(KINDS).join(", ")}.`,
    value: kind ?? "nothing",
    fix: "Add `kind`; benchmarks/experiments/post-training-quick.ts is an example.",
  });
}
