import { join } from "node:path";
import type { Decoding, Problem, Sample } from "@touchstone/core";
import { loadRewardModel, loadRolloutModel } from "@touchstone/inference";
import type { LocalRewardModel, RolloutModel } from "@touchstone/inference";
import { loadDataset } from "@touchstone/tasks";
import { readModel } from "@touchstone/training";
import type { Model, PolicyRow } from "@touchstone/training";
import { ROOT } from "./workload.ts";

/** What a policy-gradient step is made of. */
export interface Scene extends AsyncDisposable {
  readonly start: Model;
  readonly policy: RolloutModel;
  readonly reward: LocalRewardModel;
  readonly problems: readonly Problem[];
}

/** Rollouts of one prompt, in index order. */
export interface Group {
  readonly problem: Problem;
  readonly samples: readonly Sample[];
}

const DECODING: Decoding = { temperature: 1, topK: 0, topP: 1, maxTokens: 80, stop: [] };

export async function openScene(rollouts: number): Promise<Scene> {
  const folder = join(ROOT, "models", "instruct");
  const policy = await loadRolloutModel(folder, { tile: rollouts });
  const reward = await loadRewardModel(join(ROOT, "models", "instruct-long"));
  return {
    start: await readModel(folder),
    policy,
    reward,
    problems: (await loadDataset(join(ROOT, "datasets"), "instruct")).problems("train"),
    async [Symbol.asyncDispose]() {
      await Promise.all([policy.close(), reward.close()]);
    },
  };
}

/** Draws `rollouts` responses to each of `prompts` problems, which ones depends on the step. */
export async function drawGroups(
  { policy, problems }: Scene,
  { step, prompts, rollouts }: { readonly step: number; readonly prompts: number; readonly rollouts: number },
): Promise<Group[]> {
  const asked = Array.from({ length: prompts }, (_, i) => problems[(step * prompts + i) % problems.length]!);
  const samples = asked.map((): Sample[] => []);
  const requests = asked.map((problem) => ({ problem, first: 0, count: rollouts, seed: step, decoding: DECODING }));
  for await (const batch of policy.sample(requests)) samples[batch.request]!.push(...batch.samples);
  return asked.map((problem, i) => ({ problem, samples: samples[i]!.toSorted((a, b) => a.index - b.index) }));
}

/** Rewards of all rollouts, group by group, and the tokens that were read for them. */
export async function rewardGroups(
  { reward }: Scene,
  groups: readonly Group[],
): Promise<{ readonly rewards: number[][]; readonly tokens: number }> {
  const pairs = groups.flatMap(({ problem: { messages }, samples }) =>
    samples.map(({ text }) => ({ messages, response: { text } })),
  );
  const values = (await reward.reward(pairs)).values();
  let tokens = 0;
  const rewards = groups.map(({ samples }) =>
    samples.map(() => {
      const next = values.next().value!;
      tokens += next.tokens;
      return next.value;
    }),
  );
  return { rewards, tokens };
}

/** Rows for the trainer: reward minus the group's mean over m for the best `entering` of each group, 0 for the others. */
export function policyRows(
  { policy }: Scene,
  groups: readonly Group[],
  rewards: number[][],
  entering: number,
): PolicyRow[] {
  return groups.flatMap(({ problem, samples }, g) => {
    const prompt = policy.promptTokens(problem.messages);
    const own = rewards[g]!;
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    const rank = own.map((value, i) => own.filter((other, j) => other > value || (other === value && j < i)).length);
    return samples.map(({ tokens, statistics }, i) => {
      const row = new Int32Array(prompt.length + tokens.length);
      row.set(prompt);
      row.set(tokens, prompt.length);
      const advantage = rank[i]! < entering * own.length ? (own[i]! - mean) / own.length : 0;
      return { tokens: row, promptLength: prompt.length, advantage, behaviour: statistics.logProbability };
    });
  });
}
