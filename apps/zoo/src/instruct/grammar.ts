import type { Stream } from "@touchstone/core";
import { CONSTRAINT_KINDS, type Constraint, type ConstraintKind } from "@touchstone/tasks";
import { between, pick } from "../random.ts";
import { compose } from "./compose.ts";
import { KEYWORDS, MARKS, TOPICS, type Topic } from "./words.ts";

type Range = readonly [number, number];

/** What a request opens with decides how long its responses are when no constraint says so. */
export interface Form {
  readonly name: string;
  /** `{t}` is the topic. */
  readonly text: string;
  /** Numbers of lines and of words in a line, asked for or not; bounds on the words in all that can be asked for. */
  readonly lines: Range;
  readonly width: Range;
  readonly least: Range;
  readonly most: Range;
}

const FORMS: readonly Form[] = [
  { name: "note", text: "Note on {t}.", lines: [1, 3], width: [2, 4], least: [5, 7], most: [4, 5] },
  { name: "list", text: "List about {t}.", lines: [2, 4], width: [2, 4], least: [8, 12], most: [6, 8] },
  { name: "story", text: "Story of {t}.", lines: [2, 5], width: [4, 6], least: [15, 22], most: [10, 13] },
];

/** What remains of a request when topic, words and numbers are taken out. Its id is the cluster of the problem. */
export interface Template {
  readonly id: string;
  readonly form: Form;
  /** In the order of the request; each kind at most once. */
  readonly kinds: readonly ConstraintKind[];
}

export interface Request {
  readonly prompt: string;
  readonly template: Template;
  readonly topic: Topic;
  readonly constraints: readonly Constraint[];
}

/** Of 32 requests, how many have 1, 2, … 8 constraints. */
export const COUNT_SHARES = [1, 1, 2, 3, 4, 6, 7, 8] as const;
export const MAX_CONSTRAINTS = COUNT_SHARES.length;

function drawCount(random: Stream): number {
  let rest = random.integer(COUNT_SHARES.reduce((sum, share) => sum + share, 0));
  return COUNT_SHARES.findIndex((share) => (rest -= share) < 0) + 1;
}

/** A template with exactly `count` constraints (drawn by COUNT_SHARES when not given), all of them `among` certain kinds. */
export function drawTemplate(random: Stream, count = drawCount(random), among = CONSTRAINT_KINDS): Template {
  const form = pick(random, FORMS);
  const order = random.permutation(among.length);
  const kinds: ConstraintKind[] = [];
  for (const index of order) {
    const kind = among[index]!;
    // Lower and upper bounds on the number of words are never asked for together.
    if (kinds.length === count || (kind === "most" && kinds.includes("least"))) continue;
    if (kind === "least" && kinds.includes("most")) continue;
    kinds.push(kind);
  }
  return { id: `${form.name}.${kinds.join(".")}`, form, kinds };
}

/** Words and numbers of one constraint; `words` gives a keyword that nothing else of the request uses. */
function drawConstraint(
  kind: ConstraintKind,
  form: Form,
  topic: Topic,
  words: () => string,
  random: Stream,
): Constraint {
  switch (kind) {
    case "lines":
    case "width":
    case "least":
    case "most":
      return { kind, count: between(random, ...form[kind]) };
    case "capitals":
      return { kind, where: pick(random, ["all", "first", "last"] as const) };
    case "mark":
      return { kind, mark: pick(random, MARKS) };
    case "commas":
      return { kind, count: between(random, 1, 3) };
    case "repeat":
      return { kind, word: words(), count: between(random, 2, 3) };
    case "order":
      return { kind, first: words(), second: words() };
    default:
      return { kind, word: words() };
  }
}

/** Attempts before a template is given up: a few ask for more words than their lines can hold. */
const ATTEMPTS = 12;

/** A request of the template that some response meets in full, or undefined when none was found. */
export function instantiate(template: Template, random: Stream): Request | undefined {
  for (let tries = 0; tries < ATTEMPTS; tries++) {
    const topic = pick(random, Object.keys(TOPICS) as Topic[]);
    const used = new Set<string>();
    // Half of the keywords are the topic's own.
    const words = (): string => {
      for (;;) {
        const word = pick(random, random.uniform() < 0.5 ? TOPICS[topic] : KEYWORDS);
        if (!used.has(word)) return (used.add(word), word);
      }
    };
    const constraints = template.kinds.map((kind) => drawConstraint(kind, template.form, topic, words, random));
    const request = { prompt: promptOf(template.form, topic, constraints), template, topic, constraints };
    if (
      compose(
        request,
        constraints.map(() => true),
        random,
      ).exact
    )
      return request;
  }
  return undefined;
}

/** A request from a template that `accepts` lets through, of all templates or those that `draw` gives. */
export function drawRequest(
  random: Stream,
  accepts: (template: Template) => boolean,
  draw: (random: Stream) => Template = drawTemplate,
): Request {
  for (;;) {
    const template = draw(random);
    if (!accepts(template)) continue;
    const request = instantiate(template, random);
    if (request) return request;
  }
}

/** One sentence of a request. */
function sentence(constraint: Constraint): string {
  switch (constraint.kind) {
    case "lines":
      return `Write ${constraint.count} lines.`;
    case "width":
      return `Put ${constraint.count} words in each line.`;
    case "capitals":
      return { all: "All in capitals.", first: "First line in capitals.", last: "Last line in capitals." }[
        constraint.where
      ];
    case "mark":
      return `Close lines with ${constraint.mark}`;
    case "commas":
      return `Set ${constraint.count} commas.`;
    case "use":
      return `Use ${constraint.word}.`;
    case "avoid":
      return `Avoid ${constraint.word}.`;
    case "repeat":
      return `Say ${constraint.word} ${constraint.count} times.`;
    case "begin":
      return `Begin with ${constraint.word}.`;
    case "end":
      return `End with ${constraint.word}.`;
    case "order":
      return `Name ${constraint.first} before ${constraint.second}.`;
    case "least":
      return `At least ${constraint.count} words.`;
    case "most":
      return `At most ${constraint.count} words.`;
  }
}

function promptOf(form: Form, topic: Topic, constraints: readonly Constraint[]): string {
  return [form.text.replace("{t}", topic), ...constraints.map(sentence)].join(" ");
}
