import { z } from "zod";

const count = z.int().positive();
const word = z.string().regex(/^[a-z]+$/);

/** A demand on a response that can be checked exactly. What each asks is said at `CHECKS`. */
const Constraint = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("lines"), count }),
  z.strictObject({ kind: z.literal("width"), count }),
  z.strictObject({ kind: z.literal("capitals"), where: z.enum(["all", "first", "last"]) }),
  z.strictObject({ kind: z.literal("mark"), mark: z.string().length(1) }),
  z.strictObject({ kind: z.literal("commas"), count }),
  z.strictObject({ kind: z.literal("use"), word }),
  z.strictObject({ kind: z.literal("avoid"), word }),
  z.strictObject({ kind: z.literal("repeat"), word, count }),
  z.strictObject({ kind: z.literal("begin"), word }),
  z.strictObject({ kind: z.literal("end"), word }),
  z.strictObject({ kind: z.literal("order"), first: word, second: word }),
  z.strictObject({ kind: z.literal("least"), count }),
  z.strictObject({ kind: z.literal("most"), count }),
]);
export type Constraint = z.infer<typeof Constraint>;
export type ConstraintKind = Constraint["kind"];
const Constraints = z.array(Constraint).min(1);

/** A response as the checks see it. */
interface Reading {
  /** Lines that are not blank, trimmed. */
  readonly lines: readonly string[];
  /** Words (runs of letters) of each line, as written. */
  readonly words: readonly (readonly string[])[];
  /** All words in lower case. */
  readonly all: readonly string[];
  readonly commas: number;
}

function read(response: string): Reading {
  const lines = response
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const words = lines.map((line) => line.match(/[A-Za-z]+/g) ?? []);
  return {
    lines,
    words,
    all: words.flat().map((one) => one.toLowerCase()),
    commas: response.split(",").length - 1,
  };
}

function isCapitals(words: readonly string[] | undefined): boolean {
  return words !== undefined && words.length > 0 && words.every((one) => one === one.toUpperCase());
}

const times = ({ all }: Reading, wanted: string): number => all.filter((one) => one === wanted).length;

type Check<K extends ConstraintKind> = (reading: Reading, constraint: Extract<Constraint, { kind: K }>) => boolean;

/** Whether a response with at least one word keeps a constraint. Words are compared without regard to case. */
const CHECKS: { readonly [K in ConstraintKind]: Check<K> } = {
  /** Exactly `count` lines that are not blank. */
  lines: ({ lines }, { count: wanted }) => lines.length === wanted,
  /** Exactly `count` words in every line. */
  width: ({ words }, { count: wanted }) => words.every((line) => line.length === wanted),
  /** Every word in capitals: of every line, of the first or of the last. */
  capitals: ({ words }, { where }) =>
    where === "all" ? words.every(isCapitals) : isCapitals(where === "first" ? words[0] : words.at(-1)),
  /** Every line ends in the mark. */
  mark: ({ lines }, { mark }) => lines.every((line) => line.endsWith(mark)),
  /** Exactly `count` commas. */
  commas: ({ commas }, { count: wanted }) => commas === wanted,
  use: (reading, { word: wanted }) => times(reading, wanted) > 0,
  avoid: (reading, { word: unwanted }) => times(reading, unwanted) === 0,
  /** The word stands there exactly `count` times. */
  repeat: (reading, { word: wanted, count: wantedTimes }) => times(reading, wanted) === wantedTimes,
  /** It is the first word. */
  begin: ({ all }, { word: wanted }) => all[0] === wanted,
  /** It is the last word. */
  end: ({ all }, { word: wanted }) => all.at(-1) === wanted,
  /** Both words stand there, and the first `first` before the first `second`. */
  order: ({ all }, { first, second }) => {
    const at = all.indexOf(first);
    return at >= 0 && at < all.indexOf(second);
  },
  /** At least `count` words in all. */
  least: ({ all }, { count: wanted }) => all.length >= wanted,
  /** At most `count` words in all. */
  most: ({ all }, { count: wanted }) => all.length <= wanted,
};

export const CONSTRAINT_KINDS = Object.keys(CHECKS) as readonly ConstraintKind[];

/** Which of the constraints the response keeps, in their order. A response without a single word keeps none. */
export function keptConstraints(response: string, constraints: readonly Constraint[]): boolean[] {
  const reading = read(response);
  return constraints.map((constraint) => {
    const check = CHECKS[constraint.kind] as (reading: Reading, constraint: Constraint) => boolean;
    return reading.all.length > 0 && check(reading, constraint);
  });
}

/** Constraints from the text of a reference: a JSON list of them. Throws where it is none. */
export function parseConstraints(reference: string): readonly Constraint[] {
  return Constraints.parse(JSON.parse(reference));
}
