import { z } from "zod";
import { manifest } from "./results.ts";
import { text } from "./row-parts.ts";

/** Of experiment.json and the tables beside it. */
export const EXPERIMENT_VERSION = 1;

/** What experiment.json says of every kind of experiment. */
export const experimentParts = {
  version: z.literal(EXPERIMENT_VERSION),
  description: text,
  /** Too small for a verdict. */
  smoke: z.boolean(),
  touchstone: manifest.shape.touchstone,
  argv: z.array(text),
  machine: manifest.shape.machine,
  models: manifest.shape.models,
  started: text,
};
