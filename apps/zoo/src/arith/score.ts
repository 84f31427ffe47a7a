import type { Pair, RewardModel } from "@touchstone/core";
import type { Progress } from "../progress.ts";
import type { DrawnResponse, GradedProblem } from "./draw.ts";
import type { Scored } from "./reward-figures.ts";

/** Rewards of every response; equal texts of one problem are read once. */
export async function scoreResponses(
  model: RewardModel,
  problems: readonly GradedProblem[],
  drawn: readonly (readonly DrawnResponse[])[],
  options: { readonly signal: AbortSignal; readonly progress?: Progress },
): Promise<Scored[]> {
  const pairs: Pair[] = [];
  const places = drawn.map((responses, at) => {
    const place = new Map<string, number>();
    for (const { text } of responses) {
      if (place.has(text)) continue;
      place.set(text, pairs.length);
      pairs.push({ messages: problems[at]?.messages ?? [], response: { text } });
    }
    return place;
  });
  const started = performance.now();
  const rewards = await model.reward(pairs, { signal: options.signal });
  const seconds = (performance.now() - started) / 1000;
  await options.progress?.say(`${pairs.length} responses scored in ${Math.round(seconds)} s`);
  return problems.map((problem, at) => {
    const responses = drawn[at] ?? [];
    const values = responses.map(({ text }) => rewards[places[at]?.get(text) ?? -1]?.value ?? Number.NaN);
    return { problem, responses, rewards: values };
  });
}
