import type { Drawn, LabelledStream } from "@touchstone/core";
import { modes } from "@touchstone/stats";
import { winnersOf, type Scored } from "./choose.ts";

/**
 * What the choice of best-of-n under one reward model earns, ties of the reward sharing alike. NaN where no reward is valid.
 *
 * `labelled`: the grade; `agreement`: the chance to hit a most frequent answer, unparsable ones hit none; `log-probability`: the mean
 * log-probability of its tokens at temperature 1.
 */
export async function earned(
  signal: "labelled" | "agreement" | "log-probability",
  scored: Scored,
  grades: LabelledStream["grades"] | undefined,
): Promise<number> {
  const winners = winnersOf(scored);
  if (!winners) return Number.NaN;
  const byId = new Map(scored.drawn.map((drawn) => [drawn.id, drawn]));
  const chosen = winners.map(({ id }) => byId.get(id)!);
  const values = signal === "labelled" ? await grades!(chosen) : valuesOf(signal, scored.drawn, chosen);
  return winners.reduce((sum, { weight }, i) => sum + weight * values[i]!, 0);
}

function valuesOf(
  signal: "agreement" | "log-probability",
  drawn: readonly Drawn[],
  chosen: readonly Drawn[],
): number[] {
  if (signal === "log-probability") return chosen.map(({ logProbability, tokenCount }) => logProbability / tokenCount);
  const answers = drawn.map(({ answer }) => answer);
  const { classes } = modes(answers, (i) => answers[i]! >= 0);
  return chosen.map(({ answer }) => (classes.has(answer) ? 1 / classes.size : 0));
}
