import { TouchstoneError } from "@touchstone/core";
import { z } from "zod";

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/, "must be lower-case letters, digits and dashes")
  .describe("Name for tables and folders.");
const reference = z.string().min(1, "must not be empty");
const count = z.int("must be a whole number").min(1, "must be at least 1");
const seeds = z.array(z.int().nonnegative()).min(1).describe("Seeds of the runs that are reported.");

const sizes = z.array(z.int().min(2)).min(1).optional().describe("Sizes of groups that it is run at; default: all.");

const estimatorRow = z
  .strictObject({
    estimator: reference.describe("Name of an advantage estimator (`./touchstone ls estimators`)."),
    options: z.record(z.string(), z.unknown()).default({}).describe("Its options beside n."),
    halfGroup: z.boolean().default(false).describe("Adds the option k = m/2."),
    seeds: seeds.optional(),
    rollouts: sizes,
  })
  .describe("Policy gradient with the advantages of one estimator.");

const rivalRow = z
  .strictObject({
    rival: z
      .enum(["dpo", "best-of-n-distillation"])
      .describe(
        "`dpo`: best against worst rollout of each group; `best-of-n-distillation`: likelihood of the best one.",
      ),
    options: z
      .strictObject({
        beta: z.number().positive().default(0.1).describe("dpo: strength of the tie to the base policy."),
        nll: z.number().nonnegative().default(0).describe("dpo: weight of the chosen rollout's likelihood."),
      })
      .prefault({}),
    seeds: seeds.optional(),
    rollouts: sizes,
  })
  .describe("A rival without advantages, on the same rollouts.");

const worldSchema = z
  .strictObject({
    dataset: reference.describe("Dataset with the splits train, validation and the reported one."),
    policy: reference.describe("The base policy."),
    reward: reference.describe("Reward model A: trains, and selects at deployment."),
    second: reference.describe("Reward model B: reported only."),
    rows: z.array(z.string()).optional().describe("Labels of the rows that are run in this world; default: all."),
    seeds: seeds.optional().describe("In place of the rows' own."),
  })
  .describe("One world; the first is the one that effects are about.");

export const comparisonSchema = z.strictObject({
  kind: z.literal("post-training"),
  name,
  description: z.string().default(""),
  smoke: z.boolean().default(false).describe("Whether it is too small for a verdict; every table and page says so."),
  worlds: z.array(worldSchema).min(1),
  rollouts: z.array(z.int().min(2)).min(1).default([16]).describe("m: rollouts per prompt in training."),
  deployed: z.array(z.int().min(2)).min(1).default([64]).describe("N: samples of the best-of-N deployment."),
  rows: z.array(z.union([estimatorRow, rivalRow])).min(2),
  seeds: seeds.default([0]).describe("Of rows that name none."),
  contrasts: z
    .array(z.tuple([z.string(), z.string()]))
    .default([])
    .describe("Pairs of labels whose difference is reported; each row against the base policy always is."),
  maxTokens: count.default(80).describe("Cap on a response."),
  training: z
    .strictObject({
      steps: count.default(100),
      prompts: count.default(16).describe("Prompts of a step."),
      warmup: z.int().nonnegative().default(5),
      betas: z.tuple([z.number(), z.number()]).default([0.9, 0.98]),
      gradientNorm: z.number().positive().default(1).describe("Largest norm of a step's gradient."),
      klRollouts: count.default(2).describe("Rollouts of each prompt from which the curve of KL is estimated."),
      checkpoints: count.default(4).describe("Moments at which a run is deployed on fewer samples, the end included."),
    })
    .prefault({}),
  tuning: z
    .strictObject({
      rates: z.array(z.number().positive()).min(1).default([0.0001, 0.0003, 0.001]),
      seed: z.int().nonnegative().default(1_000_000).describe("Of the trials; no reported run has it."),
      split: z.enum(["train", "validation", "test", "shift"]).default("validation"),
      problems: count.default(60),
      samples: count.default(128).describe("Drawn for each problem; at least the largest N."),
    })
    .prefault({}),
  deployment: z
    .strictObject({
      split: z.enum(["train", "validation", "test", "shift"]).default("test"),
      problems: count.default(108),
      samples: count.default(512).describe("Drawn for each problem at the end of a run; at least the largest best-of."),
      checkpointSamples: count
        .default(128)
        .describe("Drawn for each problem at earlier checkpoints; at least the largest N."),
      bestOf: z.array(count).min(1).default([1, 2, 4, 8, 16, 32, 64, 128, 256]),
      klSamples: count.default(32).describe("Of each problem, from which KL to the base policy is estimated."),
      seed: z.int().nonnegative().default(2_000_000).describe("Of the draws of deployments and trials."),
    })
    .prefault({}),
  bootstrap: z.int().min(100).default(2000).describe("Resamples of problems behind the cost at which training pays."),
});

/** A comparison with every default filled in. */
export type Comparison = z.output<typeof comparisonSchema>;
export type ComparisonInput = z.input<typeof comparisonSchema>;
export type World = Comparison["worlds"][number];
export type ComparisonRow = Comparison["rows"][number];

/** Gives a comparison's file its types. */
export function defineComparison(comparison: ComparisonInput): ComparisonInput {
  return comparison;
}

/** The JSON schema of comparisons in files. */
export function comparisonJsonSchema(): unknown {
  return z.toJSONSchema(comparisonSchema, { io: "input" });
}

/**
 * Checks a comparison and fills in its defaults; names are held against what there is by whoever knows it.
 * @throws TouchstoneError `invalid-comparison`
 */
export function readComparison(given: unknown): Comparison {
  const parsed = comparisonSchema.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path.map(String).join(".") ?? "";
    throw invalid(`${path === "" ? "It" : `\`${path}\``}: ${issue?.message ?? "is refused"}`, path);
  }
  const comparison = parsed.data;
  const { deployed, deployment, tuning, rows, worlds } = comparison;
  const largest = Math.max(...deployed);
  const needed = Math.max(largest, ...deployment.bestOf);
  if (deployment.samples < needed)
    throw invalid(`\`deployment.samples\` is below the largest best-of, ${needed}`, deployment.samples);
  for (const [at, samples] of [
    ["tuning.samples", tuning.samples],
    ["deployment.checkpointSamples", deployment.checkpointSamples],
  ] as const) {
    if (samples < largest) throw invalid(`\`${at}\` is below the largest deployed N, ${largest}`, samples);
  }
  const { steps, checkpoints } = comparison.training;
  if (steps % checkpoints !== 0)
    throw invalid(`\`training.steps\` is not a multiple of \`training.checkpoints\`, ${checkpoints}`, steps);
  if (tuning.split === deployment.split)
    throw invalid("Learning rates would be chosen on the split that is reported", tuning.split);
  if (deployment.split === "train" || tuning.split === "train")
    throw invalid("The training split can be neither reported nor tuned on", "train");
  const labels = rows.map(labelOf);
  const foreign = rows.flatMap((row) => row.rollouts ?? []).find((size) => !comparison.rollouts.includes(size));
  if (foreign !== undefined) throw invalid(`A row is run at a size of groups that \`rollouts\` does not have`, foreign);
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) throw invalid("Two rows are the same", twice);
  const stranger = comparison.contrasts.flat().find((label) => !labels.includes(label));
  if (stranger !== undefined)
    throw invalid(`\`contrasts\` names a row that is not there; there are ${labels.join("; ")}`, stranger);
  for (const world of worlds) {
    const unknown = world.rows?.find((label) => !labels.includes(label));
    if (unknown !== undefined)
      throw invalid(`\`worlds\` names a row that is not there; there are ${labels.join("; ")}`, unknown);
  }
  const used = [
    comparison.seeds,
    ...rows.map((row) => row.seeds ?? []),
    ...worlds.map((one) => one.seeds ?? []),
  ].flat();
  if (used.includes(tuning.seed)) throw invalid("A reported run has the seed of the trials", tuning.seed);
  return comparison;
}

/** How a row is called in tables: `tea`, `max-at-k, k = m/2`, `dpo`. */
export function labelOf(row: ComparisonRow): string {
  if ("rival" in row) return row.rival;
  const options = [
    ...Object.entries(row.options).map(([option, value]) => `${option} = ${JSON.stringify(value)}`),
    ...(row.halfGroup ? ["k = m/2"] : []),
  ];
  return [row.estimator, ...options].join(", ");
}

function invalid(what: string, value: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "invalid-comparison",
    family: "usage",
    what: `The comparison is not valid: ${what}.`,
    value,
    fix: "benchmarks/experiments/comparison.schema.json describes every field; benchmarks/experiments/post-training.ts is an example.",
  });
}
