import { join, resolve } from "node:path";

/** The clone that this command belongs to; all built-in things lie in it, wherever the command is started. */
export const ROOT = resolve(import.meta.dirname, "../../..");

export const PLACES = {
  models: join(ROOT, "models"),
  datasets: join(ROOT, "datasets"),
  /** Mappings for `import`. */
  mappings: join(ROOT, "datasets", "mappings"),
  suites: join(ROOT, "benchmarks", "suites"),
  /** What `train` runs. */
  experimentFiles: join(ROOT, "benchmarks", "experiments"),
  claims: join(ROOT, "benchmarks", "claims"),
  /** Parent of the runs' folders. */
  reports: join(ROOT, "reports"),
  pool: join(ROOT, ".touchstone", "pool"),
  /** Of served models, what their tokens stand for: a file a model. */
  served: join(ROOT, ".touchstone", "served"),
  /** Of choices that models scored, their log-likelihoods: a file a model and dataset. */
  likelihood: join(ROOT, ".touchstone", "likelihood"),
  /** Trained policies and the tables about them, a folder an experiment. */
  experiments: join(ROOT, ".touchstone", "experiments"),
} as const;
