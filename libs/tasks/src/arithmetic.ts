import { Fraction } from "fraction.js";
import jsep, { type Expression } from "jsep";

/** A calculation with whole numbers: its exact value, the numbers in the order in which they stand, and its spelling. */
export interface Calculation {
  readonly value: Fraction;
  readonly numbers: readonly number[];
  /** Fully bracketed, operands of + and × in one order: `(6-4)*5` and `5*(6-4)` are spelled alike. */
  readonly spelling: string;
}

/**
 * Reads an expression of whole numbers, `+ - * /`, the signs `× ÷ −` and brackets. Undefined where it is anything else, or
 * divides by 0. Exact: rational numbers throughout.
 */
export function calculation(text: string): Calculation | undefined {
  const plain = text.replaceAll("×", "*").replaceAll("÷", "/").replaceAll("−", "-");
  if (!/^[\d\s+*/()-]+$/.test(plain)) return undefined;
  try {
    return evaluate(jsep(plain));
  } catch {
    // Not an expression (jsep), or a division by 0 (fraction.js).
    return undefined;
  }
}

type Node = Expression & { readonly [key: string]: unknown };

function evaluate(expression: Expression): Calculation | undefined {
  const node = expression as Node;
  if (node.type === "Literal" && typeof node["value"] === "number") {
    return { value: new Fraction(node["value"]), numbers: [node["value"]], spelling: String(node["value"]) };
  }
  if (node.type === "UnaryExpression" && node["operator"] === "-") {
    const operand = evaluate(node["argument"] as Expression);
    return operand && { ...operand, value: operand.value.neg(), spelling: `(-${operand.spelling})` };
  }
  if (node.type !== "BinaryExpression") return undefined;
  const left = evaluate(node["left"] as Expression);
  const right = evaluate(node["right"] as Expression);
  if (!left || !right) return undefined;
  const operator = String(node["operator"]);
  const value = combine(operator, left.value, right.value);
  if (!value) return undefined;
  const operands = [left.spelling, right.spelling];
  const spelled = operator === "+" || operator === "*" ? operands.toSorted() : operands;
  return { value, numbers: [...left.numbers, ...right.numbers], spelling: `(${spelled.join(operator)})` };
}

function combine(operator: string, left: Fraction, right: Fraction): Fraction | undefined {
  switch (operator) {
    case "+":
      return left.add(right);
    case "-":
      return left.sub(right);
    case "*":
      return left.mul(right);
    case "/":
      return left.div(right);
    default:
      return undefined;
  }
}
