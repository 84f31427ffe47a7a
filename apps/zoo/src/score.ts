import type { Pair, ProblemView, RewardModel } from "@touchstone/core";
import { loadRewardModel } from "@touchstone/inference";
import type { Progress } from "./progress.ts";

/** A problem's responses with their rewards. */
export interface Scored<P, R> {
  readonly problem: P;
  readonly responses: readonly R[];
  readonly rewards: readonly number[];
}

/** Rewards of every response; equal texts of one problem are read once. */
export async function scoreResponses<P extends ProblemView, R extends { readonly text: string }>(
  model: RewardModel,
  problems: readonly P[],
  drawn: readonly (readonly R[])[],
  options: { readonly signal: AbortSignal; readonly progress?: Progress },
): Promise<Scored<P, R>[]> {
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

/** Rewards of responses by the model in a folder, which is opened for them alone. */
export async function rewardsOf(
  folder: string,
  rows: readonly { readonly prompt: string; readonly response: string }[],
): Promise<number[]> {
  const model = await loadRewardModel(folder);
  const rewards = await model.reward(
    rows.map(({ prompt, response }) => ({
      messages: [{ role: "user", content: prompt }],
      response: { text: response },
    })),
  );
  await model.close();
  return rewards.map(({ value }) => value);
}
