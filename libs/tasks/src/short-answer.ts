import type { Answer, Extractor, Grader, Problem } from "@touchstone/core";

const PUNCTUATION = /[!-/:-@[-`{-~]/g;
const ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

/**
 * Tokens of a short answer as SQuAD compares them (Rajpurkar et al. 2016), and LongBench after it: lower case, ASCII
 * punctuation removed (`U.S.` is `us`), the articles a, an and the removed, split at white space.
 */
export function answerTokens(text: string): readonly string[] {
  const words = text.toLowerCase().replaceAll(PUNCTUATION, "").replaceAll(ARTICLES, " ").trim();
  return words === "" ? [] : words.split(/\s+/);
}

/** The whole response as a short answer: answers are equal when their tokens are (`answerTokens`). Unparsable without a token. */
export const shortAnswer: Extractor = {
  name: "short-answer",
  extract(response): Answer {
    const key = answerTokens(response).join(" ");
    return key === "" ? { kind: "unparsable" } : { kind: "answer", key };
  },
};

interface Accepted {
  readonly key: string;
  readonly counts: ReadonlyMap<string, number>;
  readonly size: number;
}

// A problem is graded many times; its references are read once.
const known = new WeakMap<Problem, readonly Accepted[]>();

function acceptedBy(problem: Problem): readonly Accepted[] {
  let accepted = known.get(problem);
  if (!accepted) {
    accepted = references(problem.reference).map((text) => {
      const tokens = answerTokens(text);
      return { key: tokens.join(" "), counts: count(tokens), size: tokens.length };
    });
    known.set(problem, accepted);
  }
  return accepted;
}

/**
 * Token F1 of the whole response against the reference, the best over several: LongBench's `qa_f1_score` (Bai et al. 2024) for
 * its English question answering. Tokens are a multiset; 0 where none is shared. Without the exception that SQuAD 2 makes of
 * empty answers and HotpotQA of yes and no.
 */
export const tokenF1: Grader = {
  name: "token-f1",
  grade(problem, response) {
    const tokens = answerTokens(response);
    const counts = count(tokens);
    return Math.max(...acceptedBy(problem).map((accepted) => f1(counts, tokens.length, accepted)));
  },
};

/** 1 where the whole response has the tokens of a reference in its order (`answerTokens`), 0 otherwise. SQuAD's exact match. */
export const exactMatch: Grader = {
  name: "exact-match",
  grade(problem, response) {
    const key = answerTokens(response).join(" ");
    return acceptedBy(problem).some((accepted) => accepted.key === key) ? 1 : 0;
  },
};

function f1(counts: ReadonlyMap<string, number>, size: number, accepted: Accepted): number {
  let shared = 0;
  for (const [token, times] of accepted.counts) shared += Math.min(times, counts.get(token) ?? 0);
  // 2PR / (P + R) with P = shared / size and R = shared / accepted.size.
  return shared === 0 ? 0 : (2 * shared) / (size + accepted.size);
}

function count(tokens: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

/** Accepted answers of a reference: a JSON list of texts, or the text itself. */
export function references(reference: string): readonly string[] {
  const list = jsonList(reference);
  return list && list.length > 0 ? list : [reference];
}

function jsonList(text: string): readonly string[] | undefined {
  if (!text.trimStart().startsWith("[")) return undefined;
  try {
    const json: unknown = JSON.parse(text);
    return Array.isArray(json) && json.every((entry) => typeof entry === "string") ? json : undefined;
  } catch {
    return undefined;
  }
}

/** What keeps a reference from being graded by tokens: an accepted answer without any; undefined where nothing does. */
export function faultOfShortAnswer(reference: string): string | undefined {
  const empty = references(reference).find((text) => answerTokens(text).length === 0);
  return empty === undefined ? undefined : `has nothing but articles and punctuation: ${JSON.stringify(empty)}`;
}
