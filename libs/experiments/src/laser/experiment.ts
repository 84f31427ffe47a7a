import { TouchstoneError } from "@touchstone/core";
import { z } from "zod";
import { RULES } from "./rules.ts";

const reference = z.string().min(1, "must not be empty");
const count = z.int("must be a whole number").min(1, "must be at least 1");
const split = z.enum(["train", "validation", "test", "shift"]);
const rules = z.array(z.enum(RULES)).min(1);

export const laserSchema = z.strictObject({
  kind: z.literal("laser"),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "must be lower-case letters, digits and dashes"),
  description: z.string().default(""),
  smoke: z.boolean().default(false).describe("Whether it is too small for a verdict; every table and page says so."),
  dataset: reference.describe("Dataset with the splits train, validation and the reported one."),
  policy: reference.describe("The policy that training starts from."),
  rewardModels: z
    .array(reference)
    .min(1)
    .describe("The bandit's arms; `best` and `sequential` rank them on validation."),
  rules: rules.default([...RULES]).describe("Who scores; each is trained for equally many steps."),
  seeds: z.array(z.int().nonnegative()).min(1).default([1, 2, 3, 4, 5]),
  noise: z
    .strictObject({
      deviation: z
        .number()
        .positive()
        .default(0.3)
        .describe("Of the noise on scores, in each reward model's median within-problem standard deviation."),
      rules: rules.describe("Trained once more, under noise."),
    })
    .optional(),
  training: z
    .strictObject({
      iterations: count.default(10).describe("Parts of the training, each followed by an evaluation."),
      steps: count.default(5).describe("Batches of an iteration."),
      prompts: count.default(16).describe("Prompts of a batch."),
      responses: z.int().min(2).default(30).describe("Drawn for each prompt."),
      pairs: count.default(10).describe("Preference pairs of each prompt."),
      temperature: z.number().positive().default(0.8),
      maxTokens: count.default(80).describe("Cap on a response."),
      beta: z.number().positive().default(0.1).describe("DPO: strength of the tie to the policy as it was."),
      alpha: z.number().nonnegative().default(1).describe("Weight of the chosen response's likelihood per token."),
      warmup: z.int().nonnegative().default(3).describe("Steps until the learning rate is reached."),
      rates: z
        .array(z.number().positive())
        .min(1)
        .default([0.0001, 0.0003, 0.001])
        .describe("Learning rates; validation chooses one for all rules, in runs of the rule `random`."),
    })
    .prefault({}),
  bandit: z
    .strictObject({
      alpha: z.number().nonnegative().default(0.1).describe("LinUCB's weight of uncertainty."),
      dimension: count.default(32).describe("Length that prompt embeddings are projected to where they are longer."),
    })
    .prefault({}),
  validation: z
    .strictObject({
      problems: count.default(100),
      samples: count.default(32).describe("Drawn for each problem when a learning rate is judged."),
    })
    .prefault({}),
  evaluation: z
    .strictObject({
      split: split.default("test"),
      problems: count.default(81),
      samples: count
        .default(32)
        .describe("Drawn for each problem after every iteration. The engine draws 32 at a time: fewer cost as much."),
      temperature: z.number().nonnegative().default(1),
      bestOf: z
        .strictObject({ samples: count.default(32), problems: count.default(81) })
        .optional()
        .describe("Best-of-n at the end of training, by the rule that trained."),
    })
    .prefault({}),
  vote: z
    .strictObject({
      tokens: count.describe("Tokens that may be spent on each problem."),
      problems: count,
    })
    .optional()
    .describe("Majority vote of the trained policy's responses, as many as a budget of tokens allows."),
});

/** An experiment with every default filled in. */
export type LaserExperiment = z.output<typeof laserSchema>;
export type LaserExperimentInput = z.input<typeof laserSchema>;

/** Gives an experiment's file its types. */
export function defineLaserExperiment(experiment: LaserExperimentInput): LaserExperimentInput {
  return experiment;
}

/**
 * Checks an experiment and fills in its defaults; names are held against what there is by whoever knows it.
 * @throws TouchstoneError `invalid-experiment`
 */
export function readLaserExperiment(given: unknown): LaserExperiment {
  const parsed = laserSchema.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path.map(String).join(".") ?? "";
    throw invalid(`${path === "" ? "It" : `\`${path}\``}: ${issue?.message ?? "is refused"}`, path);
  }
  const experiment = parsed.data;
  const { evaluation, noise, rules: trained, rewardModels, seeds } = experiment;
  if (evaluation.split === "train" || evaluation.split === "validation")
    throw invalid("It would be evaluated on problems that training or the choice of the best saw", evaluation.split);
  for (const [what, list] of [
    ["rules", trained],
    ["rewardModels", rewardModels],
    ["seeds", seeds],
    ["noise.rules", noise?.rules ?? []],
  ] as const) {
    if (new Set<unknown>(list).size < list.length) throw invalid(`\`${what}\` names something twice`, list);
  }
  const alone = noise?.rules.find((rule) => !trained.includes(rule));
  if (alone !== undefined) throw invalid("A rule is trained under noise only, so that its drop is not known", alone);
  if (seeds.includes(TUNING_SEED)) throw invalid("A reported run has the seed of the trials", TUNING_SEED);
  return experiment;
}

/** Seed of the runs that choose the learning rate. */
export const TUNING_SEED = 1_000_000;

/** One training. */
export interface LaserRunSpec {
  readonly rule: LaserExperiment["rules"][number];
  /** 0, or the experiment's deviation. */
  readonly noise: number;
  readonly rate: number;
  readonly seed: number;
  readonly role: "trial" | "final";
}

/** The runs that choose the learning rate; none where there is nothing to choose. */
export function laserTrials({ training: { rates } }: LaserExperiment): readonly LaserRunSpec[] {
  if (rates.length === 1) return [];
  return rates.map((rate) => ({ rule: "random", noise: 0, rate, seed: TUNING_SEED, role: "trial" }));
}

/** The runs that are reported, seed by seed: one that is stopped early has whole seeds. */
export function laserFinals({ rules: trained, noise, seeds }: LaserExperiment, rate: number): readonly LaserRunSpec[] {
  return seeds.flatMap((seed) => [
    ...trained.map((rule) => ({ rule, noise: 0, rate, seed, role: "final" as const })),
    ...(noise?.rules ?? []).map((rule) => ({ rule, noise: noise!.deviation, rate, seed, role: "final" as const })),
  ]);
}

/** Name of a run's folder. */
export function laserRunName({ rule, noise, rate, seed, role }: LaserRunSpec): string {
  return `${role === "trial" ? "trial-" : ""}${rule}${noise > 0 ? `-noise${noise}` : ""}-rate${rate}-seed${seed}`;
}

function invalid(what: string, value: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "invalid-experiment",
    family: "usage",
    what: `The experiment is not valid: ${what}.`,
    value,
    fix: "docs/laser-training.md describes its fields; benchmarks/experiments/laser.ts is an example.",
  });
}
