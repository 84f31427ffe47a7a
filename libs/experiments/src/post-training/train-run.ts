import { TouchstoneError, type Decoding, type Spend } from "@touchstone/core";
import { mean } from "@touchstone/stats";
import {
  trainPolicyGradient,
  trainPreferences,
  type LikelihoodStepMetrics,
  type LikelihoodTrainingOptions,
  type Weights,
} from "@touchstone/training";
import type { Comparison } from "./comparison.ts";
import type { Contestant } from "./contestants.ts";
import { costOfDraws, costOfForward, costOfRewards, costOfTraining, together } from "./costs.ts";
import { advantagesOf } from "./group.ts";
import type { RunSpec } from "./plan.ts";
import { klOf, meanEntropy, timed } from "./measure.ts";
import { promptsOf } from "./prompts.ts";
import type { RunRecord, StepRecord } from "./records.ts";
import type { RunStore } from "./run-store.ts";
import { draw, type Scene, type TrainablePolicy } from "./scene.ts";
import { stopping } from "../stopping.ts";

export interface TrainRunOptions {
  readonly spec: RunSpec;
  readonly contestant: Contestant;
  readonly comparison: Comparison;
  readonly scene: Scene;
  readonly store: RunStore;
  readonly signal?: AbortSignal | undefined;
  /** Told the steps done. */
  readonly onStep?: ((step: number) => void) | undefined;
}

/** A rollout with what it is trained by. */
interface Rollout {
  readonly tokens: Int32Array;
  readonly promptLength: number;
  readonly behaviour: Float32Array;
  readonly advantage: number;
}

/** What a step drew, before its gradient is known. */
interface Draft extends Omit<StepRecord, "step" | "gradientNorm"> {
  readonly groups: readonly (readonly Rollout[])[];
}

/**
 * Trains one policy and keeps its weights at the moments at which it will be deployed. A run that was stopped, however suddenly, goes
 * on from the trainer's checkpoint to the same end; a finished one returns at once.
 */
export async function trainRun(options: TrainRunOptions): Promise<RunRecord> {
  const { spec, comparison, store, contestant } = options;
  const known = await store.record();
  if (known !== undefined) return known;
  const moments = momentsOf(spec, comparison);
  const state = await train(options, moments).then(
    () => "finished" as const,
    (error: unknown) => {
      if (error instanceof TouchstoneError && error.code === "diverged") return "diverged" as const;
      throw error;
    },
  );
  const record: RunRecord = { spec: { ...spec, label: contestant.label }, state, moments };
  await store.finish(record);
  return record;
}

/** Steps after which weights are kept: of a trial the last one, of others evenly spaced ones. */
export function momentsOf({ role }: RunSpec, { training: { steps, checkpoints } }: Comparison): readonly number[] {
  if (role === "trial") return [steps];
  return Array.from({ length: checkpoints }, (_, i) => Math.round((steps * (i + 1)) / checkpoints));
}

async function train(options: TrainRunOptions, moments: readonly number[]): Promise<void> {
  const { spec, contestant, comparison, scene, store, signal, onStep } = options;
  const { training } = comparison;
  const policy = await scene.rollouts(spec.rollouts);
  let draft: Draft | undefined;
  let rewound = false;

  const next = async (step: number, weights: Weights): Promise<readonly (readonly Rollout[])[]> => {
    // The first step that is made here: what was logged from it on, the checkpoint has not seen.
    if (!rewound) await store.rewind(step);
    rewound = true;
    await policy.replaceWeights(weights);
    draft = await draftOf(step, policy, options);
    return draft.groups;
  };
  const shared: LikelihoodTrainingOptions & { readonly onStep: (metrics: LikelihoodStepMetrics) => Promise<void> } = {
    config: scene.config,
    device: scene.device,
    initial: scene.weights,
    steps: training.steps,
    optimizer: {
      schedule: { kind: "constant", peak: spec.rate, warmup: training.warmup },
      betas: training.betas,
      clip: training.gradientNorm,
      averageDecay: 0,
    },
    checkpoint: { folder: store.checkpoint, every: training.steps / training.checkpoints },
    ...stopping(signal),
    async onStep({ step, gradientNorm, seconds, batchSeconds }) {
      const { groups: _groups, spent, ...measured } = draft!;
      const gradient = { ...spent.train, seconds: seconds - batchSeconds };
      await store.addStep({ step, gradientNorm, ...measured, spent: { ...spent, train: gradient } });
      onStep?.(step);
    },
    async onCheckpoint(state) {
      if (moments.includes(state.step)) await store.saveWeights(state.step, state.weights);
    },
  };
  if (contestant.trains === "preferences") {
    const { beta, nll } = contestant.options(spec.rollouts) as { readonly beta: number; readonly nll: number };
    await trainPreferences({
      ...shared,
      beta,
      alpha: nll,
      batch: async (step, weights) => ({ pairs: (await next(step, weights)).flatMap(pairOf) }),
    });
    return;
  }
  await trainPolicyGradient({
    ...shared,
    batch: async (step, weights) => {
      const groups = await next(step, weights);
      return { rows: groups.flat().filter(({ advantage }) => advantage !== 0), prompts: groups.length };
    },
  });
}

function pairOf(group: readonly Rollout[]) {
  const [chosen, rejected] = [
    group.find(({ advantage }) => advantage > 0),
    group.find(({ advantage }) => advantage < 0),
  ];
  return chosen === undefined || rejected === undefined ? [] : [{ chosen, rejected }];
}

/** Draws the rollouts of a step, rewards them, and computes what they are trained by. */
async function draftOf(step: number, policy: TrainablePolicy, options: TrainRunOptions): Promise<Draft> {
  const { spec, contestant, comparison, scene, signal } = options;
  const { training } = comparison;
  const problems = promptsOf(scene.dataset.problems("train"), spec.seed, step, training.prompts);
  const rolling = await timed(() =>
    draw(policy, problems, {
      count: spec.rollouts,
      seed: spec.seed,
      decoding: decodingOf(comparison),
      // Step 0 is that of plain samples; a prompt that comes again is drawn anew.
      step: step + 1,
      ...stopping(signal),
    }),
  );
  const drawn = rolling.value;
  const pairs = drawn.flatMap(({ problem, samples }) =>
    samples.map(({ text }) => ({ messages: problem.messages, response: { text } })),
  );
  const rewarding = await timed(() => scene.reward.reward(pairs, stopping(signal)));
  const values = Float64Array.from(rewarding.value, ({ value }) => value);
  const target = spec.deployed ?? comparison.deployed[0]!;
  const groups = drawn.map(({ problem, samples }, g): Rollout[] => {
    const prompt = policy.promptTokens(problem.messages);
    const rewards = values.subarray(g * spec.rollouts, (g + 1) * spec.rollouts);
    const advantages = advantagesOf(rewards, contestant, target);
    return samples.map((sample, i) => ({
      tokens: joined(prompt, sample.tokens),
      promptLength: prompt.length,
      behaviour: sample.statistics.logProbability,
      advantage: advantages[i]!,
    }));
  });
  const diverging = await timed(() => klOf(drawn, training.klRollouts, scene, signal));
  const lengths = groups.flat().flatMap(({ advantage, tokens }) => (advantage === 0 ? [] : [tokens.length]));
  const valid = values.filter((value) => !Number.isNaN(value));
  return {
    groups,
    reward: valid.length === 0 ? null : mean(valid),
    kl: mean(diverging.value.values),
    entropy: meanEntropy(drawn),
    trainedShare: lengths.length / values.length,
    failed: values.length - valid.length,
    spent: {
      rollout: { ...costOfDraws(drawn, scene.size), seconds: rolling.seconds },
      reward: { ...costOfRewards(rewarding.value, scene.reward.size), seconds: rewarding.seconds },
      train: trainingCost(lengths, contestant, scene),
      measure: { ...costOfForward(diverging.value.lengths, scene.size), seconds: diverging.seconds },
    },
  };
}

/** DPO also reads its rows under the base policy. */
function trainingCost(lengths: readonly number[], contestant: Contestant, scene: Scene): Partial<Spend> {
  const cost = costOfTraining(lengths, scene.size);
  return contestant.trains === "preferences" ? together(cost, costOfForward(lengths, scene.size)) : cost;
}

export function decodingOf({ maxTokens }: Comparison): Decoding {
  return { temperature: 1, topK: 0, topP: 1, maxTokens, stop: [] };
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  const tokens = new Int32Array(a.length + b.length);
  tokens.set(a);
  tokens.set(b, a.length);
  return tokens;
}
