import { createRequire } from "node:module";
import type * as Library from "@cortex-js/compute-engine";
import type { ComputeEngine, Expression } from "@cortex-js/compute-engine";
import { stream } from "@touchstone/core";

/** Decimal digits to which values must agree to be one answer. */
const DIGITS = 12;
/** Digits kept where a formula is known by its values: each is a difference or a product of rounded numbers. */
const FORMULA_DIGITS = 9;
/** Points at which a formula with unknowns is evaluated. */
const POINTS = 3;
/** A power or a factorial beyond this is compared as it is written: its digits would take minutes. */
const LARGEST = 1000;

let engine: ComputeEngine | undefined;

/** Loaded at the first formula: reading the library takes longer than most commands do. */
function algebra(): ComputeEngine {
  if (!engine) {
    const require = createRequire(import.meta.url);
    const library = require("@cortex-js/compute-engine") as typeof Library;
    engine = new library.ComputeEngine();
  }
  return engine;
}

/**
 * One spelling for formulas that are equal: a number by its value (`0.5`, `14/3`, `1.41421356237`, `6-5i`), one with unknowns
 * by its values at fixed points of the complex plane. Two formulas that differ agree there with probability 0 (Schwartz 1980,
 * Zippel 1979, for polynomials); so equality is decided without a normal form. Undefined where it is no formula that the
 * algebra library can read.
 */
export function formulaKey(latex: string): string | undefined {
  const formula = parse(latex);
  if (!formula) return undefined;
  const { unknowns } = formula;
  if (unknowns.length === 0) return valueKey(formula.N(), DIGITS);
  const values = valuesAt(formula, unknowns);
  return (
    values && `${unknowns.toSorted().join(",")}: ${values.map((value) => complexKey(value, FORMULA_DIGITS)).join(" ")}`
  );
}

/** Likewise for the equation `left = right`: those that differ by a factor are one. */
export function equationKey(left: string, right: string): string | undefined {
  const difference = parse(`(${left}) - (${right})`);
  if (!difference) return undefined;
  const { unknowns } = difference;
  const values = unknowns.length === 0 ? undefined : valuesAt(difference, unknowns);
  const scale = values?.[0];
  if (!values || !scale || Math.hypot(...scale) === 0) return undefined;
  const ratios = values.slice(1).map((value) => complexKey(quotient(value, scale), FORMULA_DIGITS));
  return `${unknowns.toSorted().join(",")} solve ${ratios.join(" ")}`;
}

type Complex = readonly [re: number, im: number];

function parse(latex: string): Expression | undefined {
  const raw = algebra().parse(latex, { form: "raw" });
  if (!raw.isValid || isHuge(raw.json)) return undefined;
  const formula = algebra().parse(latex);
  return formula.isValid ? formula : undefined;
}

function valuesAt(formula: Expression, unknowns: readonly string[]): readonly Complex[] | undefined {
  const values: Complex[] = [];
  for (let point = 0; point < POINTS; point++) {
    const at = unknowns.map((name) => [name, algebra().number(stream(name, point).uniform() + 0.5)] as const);
    const value = formula.subs(Object.fromEntries(at)).N();
    if (!Number.isFinite(value.re) || !Number.isFinite(value.im)) return undefined;
    values.push([value.re, value.im]);
  }
  return values;
}

function valueKey(value: Expression, digits: number): string | undefined {
  const { json } = value;
  if (json === "PositiveInfinity") return "∞";
  if (json === "NegativeInfinity") return "-∞";
  const whole = /^-?\d+$/.exec(typeof json === "object" && "num" in json ? json.num : String(json));
  if (whole) return whole[0];
  if (!Number.isFinite(value.re) || !Number.isFinite(value.im)) return undefined;
  return complexKey([value.re, value.im], digits);
}

function complexKey([re, im]: Complex, digits: number): string {
  const negligible = 10 ** -digits * Math.hypot(re, im);
  const real = Math.abs(re) <= negligible ? "0" : realKey(re, digits);
  if (Math.abs(im) <= negligible) return real;
  const imaginary = `${realKey(im, digits)}i`;
  return real === "0" ? imaginary : `${real}${im < 0 ? "" : "+"}${imaginary}`;
}

/** A short decimal or a fraction where the number is one to these digits, so that keys can be read. */
function realKey(value: number, digits: number): string {
  const rounded = Number(value.toPrecision(digits));
  if (/^-?\d+(\.\d{1,6})?$/.test(String(rounded))) return String(rounded);
  for (let denominator = 2; denominator < LARGEST; denominator++) {
    const numerator = Math.round(rounded * denominator);
    if (numerator !== 0 && Number((numerator / denominator).toPrecision(digits)) === rounded) {
      return `${numerator}/${denominator}`;
    }
  }
  return String(rounded);
}

function quotient([a, b]: Complex, [c, d]: Complex): Complex {
  const size = c * c + d * d;
  return [(a * c + b * d) / size, (b * c - a * d) / size];
}

/** Whether it holds a tower of powers, or a power or factorial of a number beyond `LARGEST`. */
function isHuge(json: unknown, inExponent = false): boolean {
  if (typeof json === "number") return inExponent && Math.abs(json) > LARGEST;
  if (typeof json === "object" && json !== null && "num" in json) return inExponent;
  if (!Array.isArray(json)) return false;
  const [head, ...operands] = json as readonly unknown[];
  if (head === "Power") return inExponent || isHuge(operands[0]) || isHuge(operands[1], true);
  if (head === "Factorial" || head === "Factorial2")
    return inExponent || operands.some((operand) => isHuge(operand, true));
  return operands.some((operand) => isHuge(operand, inExponent));
}
