import { z } from "zod";
import { parsePath } from "./record-path.ts";

/** Where a value stands in a record: `answer`, `question.stem`, `turns[0].content`. */
export const fieldPath = z.string().superRefine((text, context) => {
  const fault = parsePath(text).fault;
  if (fault !== undefined) context.addIssue({ code: "custom", message: `is not a path: ${fault}`, input: text });
});

const template = z.string().min(1);

/** How one text of a problem is made from a record. */
export const FieldSource = z.union([
  fieldPath,
  z.strictObject({
    path: fieldPath,
    /** Only what follows the last occurrence of this, without outer spaces. */
    after: z.string().min(1).optional(),
    /** Values by what they stand for: `{ "true": "yes" }`. */
    map: z.record(z.string(), z.string()).optional(),
  }),
  /** Text with paths in braces: `{subject}-{$row}`. */
  z.strictObject({ template }),
  /** A JSON list of the texts there; one text is a list of one. */
  z.strictObject({ list: fieldPath }),
  /** Instructions of IFEval and their arguments, list beside list. */
  z.strictObject({ instructions: fieldPath, kwargs: fieldPath }),
]);
export type FieldSource = z.infer<typeof FieldSource>;

/** What a model is asked. */
export const PromptSource = z.union([
  fieldPath,
  z.strictObject({
    system: z.string().min(1).optional(),
    /** Questions answered before, in the order of the conversation. */
    examples: z.array(z.strictObject({ user: template, assistant: template })).optional(),
    /** The question, with paths in braces; `{options}` are the lettered options, a line each. */
    template,
  }),
  /** A conversation spelled `\n\nHuman: … \n\nAssistant: …`; the last answer is left out. */
  z.strictObject({ system: z.string().min(1).optional(), transcript: fieldPath }),
]);
export type PromptSource = z.infer<typeof PromptSource>;

const shared = {
  /** In an order by a fixed key, where the source always puts the right one first. */
  shuffle: z.boolean().optional(),
  /** The reference: the letter of what is right (the default), or all options and the places of the right ones. */
  reference: z.enum(["letter", "choices"]).optional(),
};

/** Where the answers to choose from stand, and which is right. */
export const OptionsSource = z.union([
  /** An object of texts with 1 for what is right and 0 for what is not. */
  z.strictObject({ marks: fieldPath, ...shared }),
  /** A list of texts, and the place of the right one from 0; `notation: python` for a list spelled as Python does. */
  z.strictObject({ texts: fieldPath, notation: z.literal("python").optional(), index: fieldPath, ...shared }),
  /** A list of texts, and the label of the right one; `labels` is the list of labels, or they are A, B, C … */
  z.strictObject({ texts: fieldPath, label: fieldPath, labels: fieldPath.optional(), ...shared }),
]);
export type OptionsSource = z.infer<typeof OptionsSource>;

/**
 * How a record becomes a problem. `id` may be left out: then it is the split and the record's place in it. `cluster` may be: then
 * every problem is its own cluster. `reference` may be where the grader needs none, or the options give it. Besides a record's own
 * fields there are `$split`, `$index` (the record's place in the split, from 0) and `$row` (in its file).
 */
export const DatasetFields = z.strictObject({
  id: FieldSource.optional(),
  prompt: PromptSource,
  reference: FieldSource.optional(),
  cluster: FieldSource.optional(),
});
