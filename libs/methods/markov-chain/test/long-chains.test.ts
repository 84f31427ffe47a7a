import type { ProblemView } from "@touchstone/core";
import { ToyAccess, toyReward } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { KERNELS, type Kernel } from "../src/kernel.ts";
import { tilted } from "../src/target.ts";
import { walk } from "../src/walk.ts";
import { everyResponse, MESSAGES, normalised, PLAIN, policy, rewardOf } from "./enumerated.ts";

const CHAINS = 60;
const BURN_IN = 30;

/** For every chain, how often it was at each response after its burn-in, as shares. */
async function visitedShares(kernel: Kernel, beta: number): Promise<ReadonlyMap<string, number>[]> {
  const access = new ToyAccess({
    policy,
    rewardModels: [toyReward("reward", (_, text) => rewardOf(text))],
    problems: Array.from({ length: CHAINS }, (_, i): ProblemView => ({
      id: `p-${i}`,
      messages: MESSAGES,
      cluster: "c",
      split: "test",
    })),
    extract: () => undefined,
    budget: { unit: "samples", amount: 110, scope: "problem" },
    decoding: PLAIN,
    seed: 21,
  });
  const chains = await walk(access.problems, access, {
    acceptance: { kernel, rule: "exact", logRatio: tilted(beta) },
    rewards: true,
    value: ({ reward }) => reward,
  });
  return chains.map((chain) => {
    const shares = new Map<string, number>();
    for (const { link, count } of chain.visits(BURN_IN, 1)) {
      const { text } = link.drawn;
      shares.set(text, (shares.get(text) ?? 0) + count / (chain.length - BURN_IN));
    }
    return shares;
  });
}

test.each(KERNELS.flatMap((kernel) => [0.3, 0.6, 2].map((beta) => [kernel, beta] as const)))(
  "long %s chains with beta %d visit responses as often as the tilted law says",
  async (kernel, beta) => {
    const states = everyResponse(PLAIN);
    const law = normalised(states.map(({ probability, reward }) => probability * Math.exp(reward / beta)));
    const shares = await visitedShares(kernel, beta);
    // Chains are independent of each other, so their spread holds all correlation within them.
    const deviations = states.map(({ text }, i) => {
      const values = shares.map((of) => of.get(text) ?? 0);
      const average = values.reduce((a, b) => a + b, 0) / CHAINS;
      const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / (CHAINS - 1);
      return { error: Math.abs(average - law[i]!), standardError: Math.sqrt(variance / CHAINS) };
    });
    const distance = deviations.reduce((sum, { error }) => sum + error, 0) / 2;
    // A normal error of standard deviation s is s·√(2/π) in absolute mean; responses never seen count with their whole mass.
    const unseen = states.reduce((sum, _, i) => sum + (deviations[i]!.standardError === 0 ? law[i]! : 0), 0) / 2;
    const expected = deviations.reduce((sum, { standardError }) => sum + standardError * Math.sqrt(2 / Math.PI), 0) / 2;
    const spread = Math.sqrt(deviations.reduce((sum, { standardError }) => sum + standardError ** 2, 0)) / 2;
    expect(unseen).toBeLessThan(0.01);
    expect(distance).toBeLessThan(expected + unseen + 4 * spread);
  },
);
