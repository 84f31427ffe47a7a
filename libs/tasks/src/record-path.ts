/** A path's steps: a field, a fixed place in a list, or the sample's place (`[]`). */
type Step = string | number | typeof EACH;
const EACH = Symbol("the sample's place");

export interface Path {
  readonly steps: readonly Step[];
  /** Why it is no path. */
  readonly fault?: string;
}

const STEP = /\.?([^.[\]]+)|\[(\d*)\]/y;
const known = new Map<string, Path>();

/** Reads `output[].text`, `scores[][0]`, `usage_so_far.cost`. Names may hold anything but dots and square brackets. */
export function parsePath(text: string): Path {
  let path = known.get(text);
  if (!path) known.set(text, (path = parse(text)));
  return path;
}

function parse(text: string): Path {
  if (text === "") return { steps: [], fault: "it is empty" };
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const at = STEP.lastIndex;
    const match = STEP.exec(text);
    if (!match) return { steps: [], fault: `it cannot be read from "${text.slice(at)}" on` };
    if (match[1] !== undefined) steps.push(match[1]);
    else steps.push(match[2] === "" ? EACH : Number(match[2]));
  }
  if (steps.filter((step) => step === EACH).length > 1) return { steps: [], fault: "`[]` may stand in it once" };
  return { steps };
}

/** The value at a path in a record, for its sample of that position; undefined where there is none. */
export function valueAt(record: unknown, text: string, sample: number): unknown {
  let value: unknown = record;
  for (const step of parsePath(text).steps) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[step === EACH ? sample : step];
  }
  return value;
}

/** Length of the list that `[]` walks; undefined where the path has no `[]` or there is no list. */
export function listLength(record: unknown, text: string): number | undefined {
  const { steps } = parsePath(text);
  const each = steps.indexOf(EACH);
  if (each < 0) return undefined;
  let value: unknown = record;
  for (const step of steps.slice(0, each)) value = (value as Readonly<Record<PropertyKey, unknown>> | null)?.[step];
  return Array.isArray(value) ? value.length : undefined;
}

/** The list at a path: the value itself (`choices.text`), or one of every entry (`choices[].text`); undefined where there is none. */
export function listAt(record: unknown, text: string): readonly unknown[] | undefined {
  if (!isPerSample(text)) {
    const value = valueAt(record, text, 0);
    return Array.isArray(value) ? (value as readonly unknown[]) : undefined;
  }
  const length = listLength(record, text);
  return length === undefined ? undefined : Array.from({ length }, (_, i) => valueAt(record, text, i));
}

export function isPerSample(text: string): boolean {
  return parsePath(text).steps.includes(EACH);
}
