import { forwardFlops, type Problem, type Spend } from "@touchstone/core";
import { mean } from "@touchstone/stats";
import type { DeployedProblem } from "./best-of.ts";
import type { Comparison } from "./comparison.ts";
import { costOfDraws, costOfForward, costOfRewards, together } from "./costs.ts";
import { klOf, meanEntropy } from "./measure.ts";
import { packed, unpacked, type DeploymentRecord } from "./records.ts";
import { draw, type Drawn, type Scene } from "./scene.ts";
import { decodingOf } from "./train-run.ts";
import { stopping } from "../stopping.ts";

export interface DeployOptions {
  readonly scene: Scene;
  readonly comparison: Comparison;
  readonly problems: readonly Problem[];
  /** Of each problem. */
  readonly samples: number;
  /** Of each problem, from which KL is estimated; 0 for the base policy, whose KL is 0. */
  readonly klSamples: number;
  readonly signal?: AbortSignal | undefined;
}

/** Problems that are drawn in one call of the engine: bounds what is held in memory. */
const PROBLEMS_A_CALL = 12;

/**
 * Draws held-out problems from the weights that `scene.deployed` holds, grades the samples and rewards them by both models. The
 * random numbers are the same for every policy.
 */
export async function deploy(options: DeployOptions): Promise<DeploymentRecord> {
  const { scene, comparison, problems, samples, klSamples, signal } = options;
  const stop = stopping(signal);
  const records: DeploymentRecord["problems"][number][] = [];
  let spent: Partial<Spend> = {};
  const began = performance.now();
  for (let from = 0; from < problems.length; from += PROBLEMS_A_CALL) {
    const chunk = problems.slice(from, from + PROBLEMS_A_CALL);
    const drawn = await draw(scene.deployed, chunk, {
      count: samples,
      seed: comparison.deployment.seed,
      decoding: decodingOf(comparison),
      ...stop,
    });
    const pairs = drawn.flatMap(({ problem, samples: own }) =>
      own.map(({ text }) => ({ messages: problem.messages, response: { text } })),
    );
    const rewards = await scene.reward.reward(pairs, stop);
    const second = await scene.second.reward(pairs, stop);
    const kl =
      klSamples === 0 ? { values: new Float64Array(), lengths: [] } : await klOf(drawn, klSamples, scene, signal);
    spent = [
      costOfDraws(drawn, scene.size),
      costOfRewards(rewards, scene.reward.size),
      costOfRewards(second, scene.second.size),
      costOfForward(kl.lengths, scene.size),
    ].reduce(together, spent);
    for (const [i, problem] of chunk.entries()) {
      const one = drawn[i]!;
      const at = (index: number) => i * samples + index;
      records.push({
        id: problem.id,
        cluster: problem.cluster,
        rewards: packed(Float32Array.from({ length: samples }, (_, k) => rewards[at(k)]!.value)),
        second: packed(Float32Array.from({ length: samples }, (_, k) => second[at(k)]!.value)),
        gold: packed(Float32Array.from(one.samples, ({ text }) => gradeOf(problem, text, scene))),
        promptTokens: one.promptTokens,
        responseTokens: mean(one.samples.map(({ tokens }) => tokens.length)),
        entropy: meanEntropy([one]),
        kl: klSamples === 0 ? 0 : mean(kl.values.subarray(i * klSamples, (i + 1) * klSamples)),
        ...flopsOf(one, rewards.slice(at(0), at(samples)), scene),
      });
    }
  }
  return { problems: records, spent: { ...spent, seconds: (performance.now() - began) / 1000 } };
}

function gradeOf(problem: Problem, text: string, { dataset }: Scene): number {
  return dataset.grader.grade(problem, text, dataset.extractor.extract(text));
}

function flopsOf(
  { promptTokens, samples }: Drawn,
  rewards: readonly { readonly tokens: number }[],
  scene: Scene,
): { readonly promptFlops: number; readonly sampleFlops: number } {
  return {
    promptFlops: forwardFlops(scene.size, 0, promptTokens),
    sampleFlops:
      mean(samples.map(({ tokens }) => forwardFlops(scene.size, promptTokens, tokens.length))) +
      mean(rewards.map(({ tokens }) => forwardFlops(scene.reward.size, 0, tokens))),
  };
}

/** Rewards and grades of a record, as analyses take them. */
export function deployedProblems({ problems }: DeploymentRecord): readonly DeployedProblem[] {
  return problems.map(({ id, cluster, rewards, gold, second }) => ({
    id,
    cluster,
    rewards: unpacked(rewards),
    gold: unpacked(gold),
    second: unpacked(second),
  }));
}

/** FLOPs of a deployed query at n samples, in the mean over problems. */
export function queryFlops({ problems }: DeploymentRecord): (n: number) => number {
  const prompt = mean(problems.map(({ promptFlops }) => promptFlops));
  const sample = mean(problems.map(({ sampleFlops }) => sampleFlops));
  return (n) => prompt + n * sample;
}
