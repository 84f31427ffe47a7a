import { z } from "zod";

const count = z.int().nonnegative();
const relation = z.enum(["at least", "less than"]);
const texts = z.array(z.string().min(1)).min(1);

/** The arguments of each of IFEval's 25 instruction types, by their published names (Zhou et al. 2023). */
const ARGUMENTS = {
  "change_case:capital_word_frequency": { capital_relation: relation, capital_frequency: count },
  "change_case:english_capital": {},
  "change_case:english_lowercase": {},
  "combination:repeat_prompt": { prompt_to_repeat: z.string().min(1) },
  "combination:two_responses": {},
  "detectable_content:number_placeholders": { num_placeholders: count },
  "detectable_content:postscript": { postscript_marker: z.string().min(1) },
  "detectable_format:constrained_response": {},
  "detectable_format:json_format": {},
  "detectable_format:multiple_sections": { section_spliter: z.string().min(1), num_sections: count },
  "detectable_format:number_bullet_lists": { num_bullets: count },
  "detectable_format:number_highlighted_sections": { num_highlights: count },
  "detectable_format:title": {},
  "keywords:existence": { keywords: texts },
  "keywords:forbidden_words": { forbidden_words: texts },
  "keywords:frequency": { relation, keyword: z.string().min(1), frequency: count },
  "keywords:letter_frequency": { let_relation: relation, letter: z.string().length(1), let_frequency: count },
  "language:response_language": { language: z.string().min(2) },
  "length_constraints:nth_paragraph_first_word": {
    first_word: z.string().min(1),
    num_paragraphs: count,
    nth_paragraph: z.int().positive(),
  },
  "length_constraints:number_paragraphs": { num_paragraphs: count },
  "length_constraints:number_sentences": { relation, num_sentences: count },
  "length_constraints:number_words": { relation, num_words: count },
  "punctuation:no_comma": {},
  "startend:end_checker": { end_phrase: z.string().min(1) },
  "startend:quotation": {},
} as const;

export type InstructionId = keyof typeof ARGUMENTS;
export type Arguments<K extends InstructionId> = z.infer<z.ZodObject<(typeof ARGUMENTS)[K]>>;
/** One instruction of a problem: its type and its arguments side by side. */
export type Instruction = { readonly [K in InstructionId]: { readonly id: K } & Arguments<K> }[InstructionId];

export const INSTRUCTION_IDS = Object.keys(ARGUMENTS) as readonly InstructionId[];

const SCHEMAS = new Map(
  INSTRUCTION_IDS.map((id) => [id as string, z.strictObject({ id: z.literal(id), ...ARGUMENTS[id] })]),
);

/**
 * The reference of an IFEval problem from the fields of its record: `instruction_id_list` and, in its order, `kwargs`. Arguments
 * that are null are absent, as copies of the data write them. The text is what {@link parseInstructions} reads.
 */
export function ifevalReference(ids: readonly string[], kwargs: readonly Readonly<Record<string, unknown>>[]): string {
  return JSON.stringify(
    ids.map((id, i) => {
      const given = Object.entries(kwargs[i] ?? {}).filter(([, value]) => value !== null && value !== undefined);
      return { id, ...Object.fromEntries(given) };
    }),
  );
}

/** Instructions of a reference. Throws an Error that says which instruction is at fault and why. */
export function parseInstructions(reference: string): readonly Instruction[] {
  const list = z
    .array(z.looseObject({ id: z.string() }))
    .min(1)
    .safeParse(json(reference));
  if (!list.success) throw new Error("is not a JSON list of instructions with an `id` each");
  return list.data.map((entry) => {
    const schema = SCHEMAS.get(entry.id);
    if (!schema) throw new Error(`has an instruction of an unknown type: ${entry.id}`);
    const read = schema.safeParse(entry);
    if (!read.success)
      throw new Error(`has a faulty ${entry.id}: ${z.prettifyError(read.error).replaceAll("\n", " ")}`);
    return read.data as unknown as Instruction;
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
