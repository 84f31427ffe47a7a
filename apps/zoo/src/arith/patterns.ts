import type { Stream } from "@touchstone/core";
import { between } from "../random.ts";

/** One line of the worked solution: left operator right = result. */
export interface Step {
  readonly left: number;
  readonly operator: "+" | "-" | "*" | "/";
  readonly right: number;
  readonly result: number;
}

/** A sentence that changes the number x of things: its words, and the numbers that may stand in it. */
export interface Pattern {
  readonly name: string;
  /** `{n}` person, `{f}` friend, `{t}` thing, `{y}` `{k}` `{b}` numbers. */
  readonly text: string;
  /** Expressions needed, 1 or 2. */
  readonly cost: 1 | 2;
  /** Draws numbers for this x; undefined where the draw (or any draw) breaks a range. */
  readonly draw: (
    x: number,
    random: Stream,
  ) => { readonly numbers: Readonly<Record<string, number>>; readonly steps: readonly Step[] } | undefined;
}

/** Ranges of the setting `mid`. */
export const RANGES = {
  start: [5, 99],
  term: [2, 99],
  factor: [2, 9],
  factorBase: 99,
  boxes: [2, 9],
  boxSize: [2, 30],
  result: [1, 999],
} as const;

type Drawn = ReturnType<Pattern["draw"]>;

const step = (left: number, operator: Step["operator"], right: number): Step => ({
  left,
  operator,
  right,
  result:
    operator === "+" ? left + right : operator === "-" ? left - right : operator === "*" ? left * right : left / right,
});

/** Keeps a draw only when every result is a whole number in range. */
function within(numbers: Readonly<Record<string, number>>, steps: readonly Step[]): Drawn {
  const [low, high] = RANGES.result;
  const fine = steps.every(({ result }) => Number.isInteger(result) && result >= low && result <= high);
  return fine ? { numbers, steps } : undefined;
}

function term(operator: "+" | "-"): Pattern["draw"] {
  return (x, random) => {
    const y = between(random, ...RANGES.term);
    return within({ y }, [step(x, operator, y)]);
  };
}

const times: Pattern["draw"] = (x, random) => {
  const k = between(random, ...RANGES.factor);
  return x > RANGES.factorBase ? undefined : within({ k }, [step(x, "*", k)]);
};

const parts: Pattern["draw"] = (x, random) => {
  const k = between(random, ...RANGES.factor);
  return within({ k }, [step(x, "/", k)]);
};

function boxes(operator: "+" | "-"): Pattern["draw"] {
  return (x, random) => {
    const k = between(random, ...RANGES.boxes);
    const b = between(random, ...RANGES.boxSize);
    return within({ k, b }, [step(k, "*", b), step(x, operator, k * b)]);
  };
}

function compared(operator: "+" | "-"): Pattern["draw"] {
  return (x, random) => {
    const y = between(random, ...RANGES.term);
    const other = step(x, operator, y);
    return within({ y }, [other, step(x, "+", other.result)]);
  };
}

/** The 19 sentences: 4 add, 4 subtract, 3 multiply, 2 divide exactly, 6 take two steps. */
export const PATTERNS: readonly Pattern[] = [
  { name: "buys", text: "{n} buys {y} more.", cost: 1, draw: term("+") },
  { name: "finds", text: "{n} finds {y} {t}.", cost: 1, draw: term("+") },
  { name: "gets", text: "{n} gets {y} from {f}.", cost: 1, draw: term("+") },
  { name: "wins", text: "{n} wins {y} in a game.", cost: 1, draw: term("+") },
  { name: "loses", text: "{n} loses {y}.", cost: 1, draw: term("-") },
  { name: "gives", text: "{n} gives {y} to {f}.", cost: 1, draw: term("-") },
  { name: "sells", text: "{n} sells {y} of them.", cost: 1, draw: term("-") },
  { name: "takes", text: "{f} takes {y} of them.", cost: 1, draw: term("-") },
  { name: "times", text: "{n} then has {k} times as many.", cost: 1, draw: times },
  { name: "trades", text: "{n} trades each for {k} new ones.", cost: 1, draw: times },
  { name: "grows", text: "The number grows by a factor of {k}.", cost: 1, draw: times },
  { name: "keeps", text: "{n} keeps one of {k} equal parts.", cost: 1, draw: parts },
  { name: "shares", text: "{n} and friends share them, {k} people in all.", cost: 1, draw: parts },
  { name: "buys-boxes", text: "{n} buys {k} boxes of {b}.", cost: 2, draw: boxes("+") },
  { name: "brings-bags", text: "{f} brings {k} bags of {b}.", cost: 2, draw: boxes("+") },
  { name: "gives-boxes", text: "{n} gives away {k} boxes of {b}.", cost: 2, draw: boxes("-") },
  { name: "sells-bags", text: "{n} sells {k} bags of {b}.", cost: 2, draw: boxes("-") },
  { name: "more", text: "{f} has {y} more than {n} and gives all of them to {n}.", cost: 2, draw: compared("+") },
  { name: "fewer", text: "{f} has {y} fewer than {n} and gives all of them to {n}.", cost: 2, draw: compared("-") },
];
