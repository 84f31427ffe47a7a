import { TouchstoneError } from "@touchstone/core";
import { EXTRACTORS, GRADERS, parsePath } from "@touchstone/tasks";
import { parse } from "yaml";
import { z } from "zod";
import { AGGREGATIONS } from "./aggregate.ts";

const path = z
  .string()
  .superRefine((text, context) => {
    const fault = parsePath(text).fault;
    if (fault !== undefined) context.addIssue({ code: "custom", message: `is not a path: ${fault}`, input: text });
  })
  .describe("Where a value stands in a record: `answer`, `usage.tokens`, `output[].text`; `[]` is the sample's place.");

const number = z
  .union([
    path.transform((where) => ({ path: where, subtract: 0, scale: 1 })),
    z.strictObject({ path, subtract: z.number().default(0), scale: z.number().default(1) }),
  ])
  .describe("A number or a truth value; (value − subtract) × scale. Missing, null, empty or NaN: missing.");

const steps = z
  .strictObject({
    steps: path,
    aggregate: z.array(z.enum(AGGREGATIONS)).min(1, "needs at least one aggregation"),
  })
  .describe("A list of step scores. Each aggregation becomes a reward model of its own: `prm@min`.");

const text = z
  .union([path.transform((where) => ({ path: where })), z.strictObject({ template: z.string().min(1) })])
  .describe("A field, or a template with paths in braces: `Use {puzzle.numbers} to make 24.`");

const share = z.number().gt(0, "must be above 0").lt(1, "must be below 1").optional();

const split = z
  .union([
    path.transform((where) => ({ path: where })),
    z
      .strictObject({ train: share, validation: share })
      .refine(({ train = 0, validation = 0 }) => train + validation < 1, "leaves no problem for testing"),
  ])
  .describe(
    "A field with the split's name, or shares for `train` and `validation`, by a fixed key; the rest is `test`.",
  );

const name = z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, "must be lower-case letters, digits, dots and dashes");

/** What a user writes about a file: where its problems, responses, scores and grades stand. */
export const mappingSchema = z
  .strictObject({
    $schema: z.string().optional(),
    description: z.string().min(1).describe("One sentence for `ls`."),
    source: z.string().min(1).describe("Where the file comes from."),
    revision: z.string().min(1).describe("Which version of it."),
    licence: z.string().min(1).describe("`none` where there is none."),
    join: z
      .record(
        z.string().regex(/^[a-zA-Z_]\w*$/, "must be a word"),
        z.strictObject({
          file: z.string().min(1).describe("Relative to the imported file."),
          on: path.describe("Field of the imported file's records."),
          equals: path.describe("Field of this file's records with the same value; `$index`: its position from 0."),
        }),
      )
      .default({})
      .describe("Other files; a record's match can be read under this name: `math.answer`."),
    problem: z.strictObject({
      id: path.optional().describe("Default: the position of the problem."),
      group: path.optional().describe("Records with the same value here are one problem. Default: the id."),
      prompt: text,
      reference: path.optional().describe("The gold answer; needed by every grader but `recorded`."),
      cluster: path.optional().describe("Problems that share a source. Default: each its own."),
      split: split.optional().describe("Default: all are for testing."),
    }),
    response: z.strictObject({
      text: path.describe("With `[]`: a record holds many responses. Without: every record is one response."),
      tokens: path.optional().describe("Completion tokens."),
      answer: path.optional().describe("The answer as recorded; default: read from the text by the extractor."),
      correct: number.optional().describe("Recorded correctness in [0, 1], for the grader `recorded`."),
    }),
    extractor: z.enum([...EXTRACTORS.keys()]),
    grader: z.enum([...GRADERS.keys()]),
    rewards: z.record(name, z.union([steps, number])).default({}),
    decoding: z
      .strictObject({
        temperature: z.number().positive("must be above 0").default(1),
        topK: z.int().nonnegative().default(0),
        topP: z.number().gt(0).max(1).default(1),
        maxTokens: z.int().positive().default(1_000_000),
      })
      .prefault({})
      .describe("As the file's authors drew; what they do not say stands at its neutral value."),
  })
  .superRefine(({ grader, problem, response }, context) => {
    const issue = (where: string[], message: string) => context.addIssue({ code: "custom", path: where, message });
    const isRecorded = grader === "recorded";
    if (isRecorded && !response.correct) issue(["response", "correct"], "is needed by the grader `recorded`");
    if (!isRecorded && response.correct) issue(["response", "correct"], "is for the grader `recorded` only");
    if (!isRecorded && response.answer) issue(["response", "answer"], "is for the grader `recorded` only");
    if (!isRecorded && !problem.reference) issue(["problem", "reference"], `is needed by the grader \`${grader}\``);
    if (!problem.id && !problem.group && !response.text.includes("[]")) {
      issue(["problem", "group"], "is needed (or `id`): it says which responses answer the same problem");
    }
  });

export type Mapping = z.output<typeof mappingSchema>;
export type NumberField = Extract<Mapping["rewards"][string], { readonly path: string }>;

/** Reads a mapping in YAML or JSON. Throws `bad-mapping` with the first field at fault; `file` names it in messages. */
export function parseMapping(content: string, file: string): Mapping {
  let given: unknown;
  try {
    given = parse(content);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n", 1)[0]!.replace(/[.:]$/, "") : String(cause);
    throw badMapping(file, `it is neither YAML nor JSON (${why})`);
  }
  const result = mappingSchema.safeParse(given);
  if (result.success) return result.data;
  const [first, ...others] = result.error.issues;
  const message =
    first?.code === "invalid_union" ? (first.errors.flat().at(-1)?.message ?? first.message) : (first?.message ?? "");
  const field = first?.path.length ? `\`${first.path.join(".")}\` ` : "";
  throw badMapping(file, `${field}${message}${others.length > 0 ? ` (and ${others.length} more)` : ""}`);
}

function badMapping(file: string, why: string): TouchstoneError {
  return new TouchstoneError({
    code: "bad-mapping",
    family: "usage",
    what: `The mapping cannot be used: ${why}.`,
    value: file,
    fix: "docs/real-pools.md describes every field; datasets/mappings holds examples.",
  });
}
