import type { AdvisedSampling } from "@touchstone/inference";

type Taken = AdvisedSampling["taken"];

/** What is drawn with where nobody says otherwise. */
export const PLAIN = { temperature: 1, topK: 0, topP: 1 } as const;
const KNOBS = Object.keys(PLAIN) as (keyof typeof PLAIN)[];

/**
 * The suite with its models' own temperature, top-k and top-p in each decoding that names none of them: who says one has chosen. Models
 * that advise different things share a suite's decodings, so that then nothing is taken; the notes say so.
 */
export function withAdvised(
  given: unknown,
  advised: ReadonlyMap<string, Taken>,
): { readonly given: unknown; readonly notes: readonly string[] } {
  if (typeof given !== "object" || given === null || advised.size === 0) return { given, notes: [] };
  const decodings = (given as { readonly decodings?: unknown }).decodings ?? [{}];
  if (!Array.isArray(decodings) || !decodings.some((decoding) => isOpen(decoding))) return { given, notes: [] };
  const [first, ...others] = [...advised].map(([model, taken]) => ({ model, taken: { ...PLAIN, ...taken } }));
  const different = others.find(({ taken }) => KNOBS.some((knob) => taken[knob] !== first!.taken[knob]));
  if (different) {
    const says = [first!, different].map(({ model, taken }) => `${model} ${spelled(taken)}`).join(", ");
    const note =
      `the models' generation_config.json advise different samplings (${says}): none is taken, and all draw with ` +
      `${spelled(PLAIN)}. Give --temperature, --top-p or --top-k, or run them apart.`;
    return { given, notes: [note] };
  }
  const own = Object.fromEntries(
    KNOBS.filter((knob) => first!.taken[knob] !== PLAIN[knob]).map((knob) => [knob, first!.taken[knob]]),
  );
  if (Object.keys(own).length === 0) return { given, notes: [] };
  return {
    given: {
      ...given,
      decodings: decodings.map((one) => (isOpen(one) ? { ...own, ...(one as object) } : (one as unknown))),
    },
    notes: [`sampling as the model's generation_config.json advises: ${spelled({ ...PLAIN, ...own })}.`],
  };
}

/** Whether all tokens are drawn from, at temperature 1. */
export function isPlain(sampling: Required<Taken>): boolean {
  return KNOBS.every((knob) => sampling[knob] === PLAIN[knob]);
}

/** Whether a decoding leaves to the model how to sample. */
export function isOpen(decoding: unknown): boolean {
  return typeof decoding === "object" && decoding !== null && !KNOBS.some((knob) => knob in decoding);
}

function spelled({ temperature, topK, topP }: Required<Taken>): string {
  return `temperature ${temperature}, top-k ${topK === 0 ? "off" : topK}, top-p ${topP === 1 ? "off" : topP}`;
}
