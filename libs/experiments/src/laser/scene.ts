import {
  forwardFlops,
  type Dataset,
  type Decoding,
  type LanguageModel,
  type Problem,
  type RewardModel,
} from "@touchstone/core";
import type { LlamaConfig, Weights } from "@touchstone/training";
import { stopping } from "../stopping.ts";
import { costOfDraws, costOfForward, costOfRewards } from "../post-training/costs.ts";
import { draw, type TrainablePolicy } from "../post-training/scene.ts";
import type { LaserExperiment } from "./experiment.ts";
import type { Response, TrainingModels } from "./models.ts";

/** A world with its models opened. */
export interface LaserScene {
  readonly dataset: Dataset;
  readonly config: LlamaConfig;
  /** Of the policy as it was. */
  readonly weights: Weights;
  /** The policy with the weights of the moment. */
  readonly policy: TrainablePolicy & Pick<LanguageModel, "embed">;
  /** By name. */
  readonly rewardModels: ReadonlyMap<string, RewardModel>;
}

/** The models of a scene as training asks for them, every call with its cost in tokens and FLOPs. */
export function trainingModels(
  { policy, rewardModels }: LaserScene,
  { training }: Pick<LaserExperiment, "training">,
  { seed, signal }: { readonly seed: number; readonly signal?: AbortSignal | undefined },
): TrainingModels {
  const stop = stopping(signal);
  return {
    rewardModels: [...rewardModels.keys()],
    async draw(problems, { count, step, ledger }) {
      const decoding = decodingAt(training.temperature, training);
      // Step 0 is that of plain samples; a prompt that comes again is drawn anew.
      const drawn = await draw(policy, problems, { count, seed, decoding, step: step + 1, ...stop });
      ledger.add(costOfDraws(drawn, policy.size));
      return drawn.map(({ problem, samples }): readonly Response[] => {
        const prompt = policy.promptTokens(problem.messages);
        return samples.map(({ text, tokens }) => ({
          text,
          tokens: Int32Array.from([...prompt, ...tokens]),
          promptLength: prompt.length,
        }));
      });
    },
    async embed(problems, ledger) {
      const lengths = problems.map(({ messages }) => policy.promptTokens(messages).length);
      ledger.add(costOfForward(lengths, policy.size));
      return policy.embed(
        problems.map(({ messages }) => messages),
        stop,
      );
    },
    async reward(name, problems, responses, ledger) {
      const model = rewardModels.get(name)!;
      const pairs = problems.flatMap(({ messages }, i) =>
        responses[i]!.map(({ text }) => ({ messages, response: { text } })),
      );
      const rewards = await model.reward(pairs, stop);
      ledger.add(costOfRewards(rewards, model.size));
      let start = 0;
      return responses.map(({ length }) =>
        Float64Array.from(rewards.slice(start, (start += length)), ({ value }) => value),
      );
    },
  };
}

/** Untruncated sampling at a temperature; at 0 the most probable response. */
export function decodingAt(temperature: number, { maxTokens }: LaserExperiment["training"]): Decoding {
  return { temperature, topK: 0, topP: 1, maxTokens, stop: [] };
}

/** The gold of a response. */
export function goldOf({ extractor, grader }: Dataset, problem: Problem, text: string): number {
  return grader.grade(problem, text, extractor.extract(text));
}

/** FLOPs of forward passes over whole sequences of these lengths. */
export function flopsOf(lengths: readonly number[], size: LanguageModel["size"]): number {
  return lengths.reduce((sum, length) => sum + forwardFlops(size, 0, length), 0);
}
