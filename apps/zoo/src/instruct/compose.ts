import type { Stream } from "@touchstone/core";
import { keptConstraints, type Constraint, type ConstraintKind } from "@touchstone/tasks";
import { between, pick } from "../random.ts";
import type { Request } from "./grammar.ts";
import { GENERAL, KEYWORDS, MARKS, TOPICS } from "./words.ts";

/** A response written for a request, and whether it keeps exactly those constraints that it was meant to keep. */
export interface Composed {
  readonly text: string;
  readonly exact: boolean;
}

/** A constraint of the request together with whether it shall be kept. */
interface Aims {
  find<K extends ConstraintKind>(
    kind: K,
  ): { readonly of: Extract<Constraint, { kind: K }>; readonly keep: boolean } | undefined;
}

function aimsOf({ constraints }: Request, keep: readonly boolean[]): Aims {
  return {
    find: <K extends ConstraintKind>(kind: K) => {
      const at = constraints.findIndex((one) => one.kind === kind);
      return at < 0 ? undefined : { of: constraints[at] as Extract<Constraint, { kind: K }>, keep: keep[at] ?? false };
    },
  };
}

const ATTEMPTS = 12;
const LAYOUTS = 40;

/**
 * Writes a response that keeps the constraints marked in `keep` and breaks the others. What is asked can rule that out; after some
 * attempts the last one is given as it is, not `exact`.
 */
export function compose(
  request: Pick<Request, "constraints" | "template" | "topic" | "prompt">,
  keep: readonly boolean[],
  random: Stream,
): Composed {
  const aims = aimsOf(request, keep);
  let text = "";
  for (let tries = 0; tries < ATTEMPTS; tries++) {
    const widths = drawLayout(request, aims, random);
    const words = drawWords(
      request,
      aims,
      widths.reduce((sum, width) => sum + width, 0),
      random,
    );
    text = dress(aims, cut(words, widths), random);
    const kept = keptConstraints(text, request.constraints);
    if (kept.every((one, at) => one === keep[at])) return { text, exact: true };
  }
  return { text, exact: false };
}

/** Words in each line. */
function drawLayout({ template: { form } }: Request, aims: Aims, random: Stream): number[] {
  const [lines, width, least, most] = (["lines", "width", "least", "most"] as const).map((kind) => aims.find(kind));
  let widths: number[] = [];
  for (let tries = 0; tries < LAYOUTS; tries++) {
    const count = lines?.keep ? lines.of.count : between(random, ...form.lines);
    widths = Array.from({ length: count }, () => (width?.keep ? width.of.count : between(random, ...form.width)));
    const total = widths.reduce((sum, one) => sum + one, 0);
    const asMeant =
      (!lines || (count === lines.of.count) === lines.keep) &&
      (!width || widths.every((one) => one === width.of.count) === width.keep) &&
      (!least || total >= least.of.count === least.keep) &&
      (!most || total <= most.of.count === most.keep);
    if (asMeant) break;
  }
  return widths;
}

/** The words in lower case: keywords where the aims put them, others around them. */
function drawWords({ topic, constraints }: Request, aims: Aims, total: number, random: Stream): string[] {
  const keywords = new Set(
    constraints.flatMap((one) => ("word" in one ? [one.word] : "second" in one ? [one.first, one.second] : [])),
  );
  const words: (string | undefined)[] = Array.from({ length: total });
  const put = (at: number, word: string): void => {
    words[at] ??= word;
  };
  const [begin, end, use, avoid, repeat, order] = (["begin", "end", "use", "avoid", "repeat", "order"] as const).map(
    (kind) => aims.find(kind),
  ) as [
    ReturnType<typeof aims.find<"begin">>,
    ReturnType<typeof aims.find<"end">>,
    ReturnType<typeof aims.find<"use">>,
    ReturnType<typeof aims.find<"avoid">>,
    ReturnType<typeof aims.find<"repeat">>,
    ReturnType<typeof aims.find<"order">>,
  ];
  if (begin?.keep) put(0, begin.of.word);
  if (end?.keep) put(total - 1, end.of.word);
  const free = Array.from(random.permutation(total)).filter((at) => words[at] === undefined);
  const take = (count: number): number[] => free.splice(0, count).toSorted((a, b) => a - b);
  const scatter = (word: string, count: number): void => {
    for (const at of take(count)) put(at, word);
  };
  if (order) {
    const { first, second } = order.of;
    // Broken by turning it round, or by leaving one of the two out.
    const pair = order.keep ? [first, second] : pick(random, [[second, first], [first], [second], []]);
    for (const [index, at] of take(pair.length).entries()) put(at, pair[index]!);
  }
  if (repeat) {
    const { word, count } = repeat.of;
    scatter(
      word,
      repeat.keep
        ? count
        : pick(
            random,
            [0, 1, 1, 2, 3, 4].filter((other) => other !== count),
          ),
    );
  }
  if (use?.keep) scatter(use.of.word, 1);
  if (avoid && !avoid.keep) scatter(avoid.of.word, 1);
  // A word that should begin or end the response is often there in the wrong place.
  for (const aim of [begin, end]) if (aim && !aim.keep && random.uniform() < 0.4) scatter(aim.of.word, 1);
  const filler = (): string => {
    for (;;) {
      const kind = random.uniform();
      const word =
        kind < 0.35 ? pick(random, GENERAL) : kind < 0.9 ? pick(random, TOPICS[topic]) : pick(random, KEYWORDS);
      if (!keywords.has(word)) return word;
    }
  };
  return words.map((word) => word ?? filler());
}

function cut(words: readonly string[], widths: readonly number[]): string[][] {
  let at = 0;
  return widths.map((width) => words.slice(at, (at += width)));
}

/** Case, commas and marks; every line is an item of a list and ends with a newline. */
function dress(aims: Aims, lines: readonly (readonly string[])[], random: Stream): string {
  const capitals = aims.find("capitals");
  const all = lines.map((_, at) => at);
  const asked = { all, first: all.slice(0, 1), last: all.slice(-1) };
  const loud = new Set(
    capitals?.keep ? asked[capitals.of.where] : random.uniform() < 0.12 ? [random.integer(lines.length)] : [],
  );

  const mark = aims.find("mark");
  const other = pick(random, MARKS);
  // Where no mark is asked for, or not given, lines mostly have none.
  const wanted = mark?.keep ? mark.of.mark : random.uniform() < 0.7 ? "" : other;

  const commas = aims.find("commas");
  const chance = random.uniform();
  const count = commas
    ? commas.keep
      ? commas.of.count
      : pick(
          random,
          [0, 0, 1, 2, 3, 4].filter((one) => one !== commas.of.count),
        )
    : chance < 0.75
      ? 0
      : 1;
  const places = lines.flatMap((words, line) => words.slice(1).map((_, at) => `${line}.${at}`));
  const chosen = new Set(
    Array.from(random.permutation(places.length))
      .slice(0, count)
      .map((at) => places[at]),
  );

  return lines
    .map((words, line) => {
      const text = words.map((word, at) => (chosen.has(`${line}.${at}`) ? `${word},` : word)).join(" ");
      return `- ${loud.has(line) ? text.toUpperCase() : text}${wanted}\n`;
    })
    .join("");
}
