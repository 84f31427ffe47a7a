import { canonicalJson, TouchstoneError, type Knob, type Method, type Search } from "@touchstone/core";
import type { MethodChoice } from "./suite-schema.ts";

type Parameters = Readonly<Record<string, unknown>>;

/**
 * The parameters that validation tries for a method, the suite's own first: they count as one of the `trials`, so the chosen
 * ones are never worse on the validation problems than what stands in the other row. The rest are spread over the knobs by
 * `spread`. Fewer where the knobs have fewer distinct values; none where there is nothing to tune (see `isTunable`).
 */
export function trialsOf(method: Method, choice: MethodChoice, trials: number): readonly Parameters[] {
  if (!isTunable(method, choice)) return [];
  const { knobs, fixed } = method.search!;
  const all = [choice.parameters];
  const seen = new Set([canonicalJson(choice.parameters)]);
  for (const point of spread(knobs, combinationsOf(knobs) ?? trials - 1)) {
    if (all.length === trials) break;
    const parameters = parsed(method, { ...choice.parameters, ...fixed, ...point });
    const spelling = canonicalJson(parameters);
    if (!seen.has(spelling)) all.push(parameters);
    seen.add(spelling);
  }
  return all;
}

/** Combinations of knobs that are all lists: one that is tried already makes room for the next. Undefined for numeric knobs. */
function combinationsOf(knobs: Search["knobs"]): number | undefined {
  return Object.values(knobs).reduce<number | undefined>(
    (product, knob) => (product === undefined || knob.scale !== "choice" ? undefined : product * knob.values.length),
    1,
  );
}

/**
 * Whether validation may choose for this entry of a suite: the method names knobs, the entry has them (a `p` of Borda's votes
 * means nothing to the maximum), and the suite has not set one of them, or something that the trials would have to change,
 * itself.
 */
export function isTunable(method: Method, choice: MethodChoice): boolean {
  const { search, parameters } = method;
  if (!search || !hasKnobs(method, choice)) return false;
  const defaults = parameters.safeParse({}).data as Parameters | undefined;
  const is = (name: string, value: unknown) => canonicalJson([choice.parameters[name]]) === canonicalJson([value]);
  const { knobs, fixed = {} } = search;
  return (
    Object.keys(knobs).every((name) => is(name, defaults?.[name])) &&
    Object.entries(fixed).every(([name, value]) => is(name, value) || is(name, defaults?.[name]))
  );
}

/** Whether the entry's own parameters go with its knobs, without what the trials would change beside them. */
function hasKnobs(method: Method, { parameters }: MethodChoice): boolean {
  const { knobs, fixed } = method.search!;
  const points = spread(knobs, 3);
  // Throws where they do not even go with the method's defaults: that is the method's mistake, and not this entry's.
  for (const point of points) parsed(method, { ...fixed, ...point });
  return points.every((point) => whole(method, { ...parameters, ...point }).success);
}

/**
 * `count` points spread evenly over knobs, without chance: one numeric knob gets a grid from end to end (geometric on a log
 * scale), several the additive recurrence with the generalised golden ratio (Roberts 2018, the R_d sequence:
 * x_i = frac(½ + i·φ_d^−k), φ_d the root of x^(d+1) = x + 1), whose points fill the cube evenly at every count. Knobs with a
 * list of values go through their combinations in order. Numbers have three significant digits.
 */
export function spread(knobs: Search["knobs"], count: number): readonly Parameters[] {
  const entries = Object.entries(knobs);
  const numeric = entries.filter(([, knob]) => knob.scale !== "choice");
  const grid = numeric.length === 1 && entries.length === 1;
  return Array.from({ length: count }, (_, i) => {
    let combinations = 1;
    return Object.fromEntries(
      entries.map(([name, knob]) => {
        if (knob.scale === "choice") {
          const value = knob.values[Math.floor(i / combinations) % knob.values.length];
          combinations *= knob.values.length;
          return [name, value];
        }
        const k = numeric.findIndex(([other]) => other === name);
        const share = grid ? (count === 1 ? 0.5 : i / (count - 1)) : recurrence(i, k, numeric.length);
        return [name, between(knob, share)];
      }),
    );
  });
}

/** Where a value lies between the ends of a numeric knob, 0 to 1 on its scale; may lie outside. */
export function shareOf(knob: Exclude<Knob, { readonly scale: "choice" }>, value: number): number {
  const { scale, from, to } = knob;
  return scale === "log" ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
}

function between({ scale, from, to }: Exclude<Knob, { readonly scale: "choice" }>, share: number): number {
  const value = scale === "log" ? from * (to / from) ** share : from + (to - from) * share;
  return Number(value.toPrecision(3));
}

function recurrence(i: number, k: number, dimensions: number): number {
  let phi = 2;
  for (let step = 0; step < 64; step++) phi = (1 + phi) ** (1 / (dimensions + 1));
  return (0.5 + (i + 1) * phi ** -(k + 1)) % 1;
}

/** Checked by the method's own schema. A parameter that must be whole gets the nearest whole number. */
function whole(method: Method, wanted: Parameters) {
  const first = method.parameters.safeParse(wanted);
  if (first.success) return first;
  const refused = new Set(first.error.issues.map(({ path }) => path[0]));
  return method.parameters.safeParse(
    Object.fromEntries(
      Object.entries(wanted).map(([name, value]) => [
        name,
        typeof value === "number" && refused.has(name) ? Math.round(value) : value,
      ]),
    ),
  );
}

function parsed(method: Method, wanted: Parameters): Parameters {
  const result = whole(method, wanted);
  if (result.success) return result.data as Parameters;
  throw new TouchstoneError({
    code: "bad-search",
    family: "internal",
    what: `The method ${method.name} refuses parameters that its own search names: ${result.error.issues[0]?.message}.`,
    value: wanted,
    fix: "This is an error in the method: its knobs and fixed values must pass its schema.",
  });
}
