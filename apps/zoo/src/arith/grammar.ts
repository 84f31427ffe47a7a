import type { Stream } from "@touchstone/core";
import { between, pick } from "../random.ts";
import { PATTERNS, RANGES, type Pattern, type Step } from "./patterns.ts";
import { NAMES, OPENERS, QUESTIONS, THINGS } from "./words.ts";

/** What remains of a problem when names, things and numbers are taken out. Its id is the cluster of the problem. */
export interface Template {
  readonly id: string;
  readonly opener: number;
  readonly patterns: readonly Pattern[];
  readonly question: number;
  /** Expressions in the worked solution, 1 to 4. */
  readonly steps: number;
}

export interface ArithProblem {
  readonly prompt: string;
  readonly answer: number;
  readonly template: Template;
  readonly steps: readonly Step[];
}

/** One third of the problems have one step, the rest is spread evenly over two, three and four. */
const STEP_SHARES = [3 / 9, 2 / 9, 2 / 9, 2 / 9];
export const MAX_STEPS = STEP_SHARES.length;

function drawSteps(random: Stream): number {
  let rest = random.uniform();
  for (const [index, share] of STEP_SHARES.entries()) {
    if (rest < share) return index + 1;
    rest -= share;
  }
  return MAX_STEPS;
}

/** A template with exactly `steps` expressions (drawn by STEP_SHARES when not given). */
export function drawTemplate(random: Stream, steps = drawSteps(random)): Template {
  const patterns: Pattern[] = [];
  for (let left = steps; left > 0;) {
    const pattern = pick(
      random,
      PATTERNS.filter(({ cost }) => cost <= left),
    );
    patterns.push(pattern);
    left -= pattern.cost;
  }
  const opener = between(random, 0, OPENERS.length - 1);
  const question = between(random, 0, QUESTIONS.length - 1);
  return {
    id: `${opener}.${patterns.map(({ name }) => name).join(".")}.${question}`,
    opener,
    patterns,
    question,
    steps,
  };
}

function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w)\}/g, (_, key: string) => String(values[key]));
}

/** One attempt at numbers for a template; undefined where a draw breaks a range. */
function attempt(template: Template, random: Stream): ArithProblem | undefined {
  const n = pick(random, NAMES);
  const t = pick(random, THINGS);
  const x = between(random, ...RANGES.start);
  const sentences = [fill(OPENERS[template.opener] ?? "", { n, t, x })];
  const steps: Step[] = [];
  let now = x;
  for (const pattern of template.patterns) {
    const drawn = pattern.draw(now, random);
    if (!drawn) return undefined;
    const f = pick(
      random,
      NAMES.filter((name) => name !== n),
    );
    sentences.push(fill(pattern.text, { n, t, f, ...drawn.numbers }));
    steps.push(...drawn.steps);
    now = drawn.steps.at(-1)?.result ?? now;
  }
  sentences.push(fill(QUESTIONS[template.question] ?? "", { n, t }));
  return { prompt: sentences.join(" "), answer: now, template, steps };
}

/** Attempts before a template is given up: a few have almost no numbers that fit (three multiplications in a row, say). */
const ATTEMPTS = 40;

/** A problem of the template, or undefined when no numbers were found that keep every range. */
export function instantiate(template: Template, random: Stream): ArithProblem | undefined {
  for (let tries = 0; tries < ATTEMPTS; tries++) {
    const problem = attempt(template, random);
    if (problem) return problem;
  }
  return undefined;
}

/** A problem from a template that `accepts` lets through. */
export function drawProblem(random: Stream, accepts: (template: Template) => boolean): ArithProblem {
  for (;;) {
    const template = drawTemplate(random);
    if (!accepts(template)) continue;
    const problem = instantiate(template, random);
    if (problem) return problem;
  }
}

/** The demonstration: one expression per step, then the answer: `12+5=17 ; 17*3=51 ; #### 51`. */
export function workedSolution({ steps, answer }: ArithProblem): string {
  const lines = steps.map(({ left, operator, right, result }) => `${left}${operator}${right}=${result}`);
  return [...lines, `#### ${answer}`].join(" ; ");
}

/** The short-cut form: the answer with no equation. */
export function shortCut({ answer }: ArithProblem): string {
  return `#### ${answer}`;
}
