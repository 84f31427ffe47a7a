import { z } from "zod";
import { PARTITIONS, RUNS } from "./allocation-defaults.ts";

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/, "must be lower-case letters, digits and dashes")
  .describe("Name for tables and folders.");
const reference = z.string().min(1, "must not be empty");
const whole = z.int("must be a whole number");

/** A list without repeated entries; entries are compared by their JSON. */
function distinct<T extends z.ZodType>(items: z.ZodArray<T>, what: string) {
  return items.superRefine((list, context) => {
    const seen = new Set<string>();
    for (const [index, item] of list.entries()) {
      const spelling = JSON.stringify(item);
      if (seen.has(spelling)) {
        context.addIssue({ code: "custom", path: [index], message: `names the same ${what} twice`, input: item });
      }
      seen.add(spelling);
    }
  });
}

export const datasetChoice = z.strictObject({
  name: reference.describe("Name of a dataset: see `ls datasets`."),
  split: z
    .enum(["train", "validation", "test", "shift"])
    .default("test")
    .describe("Which problems. Test problems are for reporting, validation problems for choosing."),
  limit: whole
    .positive("must be at least 1")
    .optional()
    .describe("So many problems, drawn at random by a fixed key; a smaller limit is a subset of a larger one."),
  models: distinct(z.array(reference).min(1, "needs at least one model"), "model")
    .optional()
    .describe("The language models, of the suite's, that are run on it. Default: all."),
  rewardModels: distinct(z.array(reference), "reward model")
    .optional()
    .describe("The reward models, of the suite's, that are run on it. Default: all."),
});

export const decodingChoice = z.strictObject({
  temperature: z
    .number()
    .positive("must be above 0: without randomness all samples are equal (that is the method `greedy`)")
    .default(1),
  topK: whole.nonnegative("must be at least 0").default(0).describe("0: no truncation."),
  topP: z.number().gt(0, "must be above 0").max(1, "must be at most 1").default(1).describe("1: no truncation."),
  maxTokens: whole.positive("must be at least 1").default(96).describe("Cap on the whole response, in tokens."),
  stop: z.array(z.string().min(1, "must not be empty")).default([]).describe("Strings that end a response."),
});

export const methodChoice = z.strictObject({
  name: reference.describe("Name of a method: see `ls methods`."),
  package: reference
    .optional()
    .describe("Of a method from outside the repository: the package that exports it, by name or folder."),
  parameters: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("Parameters that differ from the method's defaults; its page names them."),
  rewardModels: distinct(z.array(reference).min(1, "needs at least one reward model"), "reward model")
    .optional()
    .describe("The reward models, of the suite's, that it is run with. Default: all."),
});

export const budgetChoice = z.strictObject({
  unit: z
    .enum(["samples", "tokens", "flops"])
    .default("samples")
    .describe("What one unit is: a drawn response, a processed token, or a floating-point operation."),
  amounts: distinct(
    z.array(z.number().positive("must be above 0")).min(1, "needs at least one amount"),
    "amount",
  ).describe("Amounts per problem."),
  scope: z
    .enum(["problem", "batch"])
    .default("problem")
    .describe(
      "`problem`: each problem has its own budget, but for methods that spend one over a batch; `batch`: the problems of a batch share theirs for every method.",
    ),
});

export const batchChoice = z.strictObject({
  size: whole.positive("must be at least 1").describe("Problems that share a budget."),
  count: whole.positive("must be at least 1").optional().describe("Batches; by default all that the problems fill."),
});

export const fitChoice = z.strictObject({
  split: z
    .enum(["train", "validation"])
    .default("train")
    .describe("Whose grades a method may learn from. Never the problems that are reported."),
  limit: whole.positive("must be at least 1").default(200).describe("Problems, as in `datasets`."),
});

export const tuningChoice = z.strictObject({
  split: z
    .enum(["validation", "train"])
    .default("validation")
    .describe("Where parameters are chosen. Never the problems that are reported."),
  limit: whole.positive("must be at least 1").default(200).describe("Problems, as in `datasets`."),
  trials: whole
    .min(2, "must be at least 2: the method's own parameters are one of them")
    .default(8)
    .describe("Parameters tried for every method and every reward model, the method's own among them."),
  budget: z
    .number()
    .positive("must be above 0")
    .optional()
    .describe("The budget at which they are compared. Default: the largest."),
});

export const allocationChoice = z.strictObject({
  batchSizes: distinct(
    z.array(whole.min(2, "must be at least 2: one problem shares with none")).min(1, "needs at least one size"),
    "size",
  )
    .default([3, 5, 10, 15, 20])
    .describe("Problems that share a budget; each size is studied. Sizes above the number of problems are left out."),
  budget: whole
    .positive("must be at least 1")
    .optional()
    .describe("Samples per problem, on average. Default: the largest budget, which must then be in samples."),
  partitions: whole
    .min(2, "must be at least 2")
    .default(PARTITIONS)
    .describe("Random divisions of the problems into disjoint batches."),
  runs: whole
    .positive("must be at least 1")
    .default(RUNS)
    .describe("Times that each batch is played, each time with another order of its problems' samples."),
});

/** A method as a suite names it. */
export interface MethodReference {
  readonly name: string;
  /** The package from outside the repository that exports it. */
  readonly package?: string | undefined;
}

/** `best-of-n`, or `package#name` for a method from outside the repository. */
export function methodReference(text: string): MethodReference {
  const end = text.lastIndexOf("#");
  return end < 0 ? { name: text } : { name: text.slice(end + 1), package: text.slice(0, end) };
}

/** What a user writes. Every default is in here or in the resolution that follows it. */
export const suiteSchema = z.strictObject({
  $schema: z.string().optional().describe("Where an editor finds this schema; not part of the suite."),
  name,
  description: z.string().optional(),
  datasets: distinct(z.array(datasetChoice).min(1, "needs at least one dataset"), "dataset"),
  models: distinct(z.array(reference).min(1, "needs at least one model"), "model").describe(
    "Language models, by name (see `ls models`) or folder.",
  ),
  decodings: distinct(z.array(decodingChoice).min(1, "needs at least one decoding"), "decoding").default([
    decodingChoice.parse({}),
  ]),
  rewardModels: distinct(z.array(reference), "reward model")
    .default([])
    .describe("Reward models, by name (see `ls models`) or folder."),
  judge: reference
    .optional()
    .describe(
      "A language model that compares responses to datasets without gold with those of a baseline, the references: their grade is its preference.",
    ),
  methods: distinct(
    z.array(z.union([reference.transform(methodReference), methodChoice])).min(1, "needs at least one method"),
    "method",
  ).describe(
    "Methods, by name or with parameters; one from outside the repository as `package#name`. The same method may appear with different parameters.",
  ),
  budgets: budgetChoice,
  batch: batchChoice.optional(),
  seeds: distinct(z.array(whole.nonnegative("must be at least 0")).min(1, "needs at least one seed"), "seed").default([
    0,
  ]),
  replicates: whole
    .min(200, "must be at least 200, or the Monte-Carlo error drowns the differences")
    .default(200)
    .describe("Random subsets of each problem's pool that every method decides on."),
  poolSize: whole
    .positive("must be at least 1")
    .optional()
    .describe("Samples per problem. Default: four times the largest budget, which must then be in samples."),
  chains: whole
    .positive("must be at least 1")
    .default(1)
    .describe(
      "How often a method that continues responses decides each problem: chains are too dear for `replicates`.",
    ),
  fit: fitChoice
    .default(fitChoice.parse({}))
    .describe("Labelled problems for the methods that learn before they decide."),
  tuning: tuningChoice
    .optional()
    .describe("Choose the parameters of every method with knobs on validation problems, and show both rows."),
  allocation: allocationChoice
    .optional()
    .describe(
      "Study what adaptive allocation of a shared budget wins against uniform allocation (allocation.csv): `{}` for the defaults. The pool must hold draws of both sides without overlap.",
    ),
});

/** A suite as a user writes it. */
export type SuiteInput = z.input<typeof suiteSchema>;
type Parsed = z.output<typeof suiteSchema>;

/** A method with its parameters complete. */
export interface MethodChoice extends MethodReference {
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The suite's reward models that it is run with, in the suite's spelling; absent: all. */
  readonly rewardModels?: readonly string[];
  /** `default`: none were given; `suite`: the suite gave some; `validation`: chosen on the validation split. */
  readonly source: "default" | "suite" | "validation";
  /** Of a row that validation chose: where it belongs. Other rows belong everywhere. */
  readonly place?: {
    readonly dataset: string;
    readonly model: string;
    readonly decoding: string;
    readonly rewardModel: string;
  };
}

/** A suite with every default filled in: the object that flags, files and TypeScript all come to. */
export interface Suite extends Readonly<Omit<Parsed, "$schema" | "methods" | "poolSize">> {
  readonly methods: readonly MethodChoice[];
  /** Samples per problem, seed, model and decoding. */
  readonly poolSize: number;
}

/** Types a suite in a TypeScript file. */
export function defineSuite(suite: SuiteInput): SuiteInput {
  return suite;
}

/** JSON Schema of a suite in YAML or JSON, for editors. Committed as `benchmarks/suites/suite.schema.json`. */
export function suiteJsonSchema(): object {
  return {
    ...z.toJSONSchema(suiteSchema, { io: "input", target: "draft-2020-12" }),
    title: "Touchstone suite",
    description: "What to compare: datasets, models, reward models, methods, budgets and seeds.",
  };
}
