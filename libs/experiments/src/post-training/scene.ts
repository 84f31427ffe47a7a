import type {
  ChatMessage,
  Dataset,
  Decoding,
  LanguageModel,
  ModelIdentity,
  ModelSize,
  ProblemView,
  RewardModel,
  Sample,
  SampleRequest,
} from "@touchstone/core";
import type { LlamaConfig, Weights } from "@touchstone/training";
import type { World } from "./comparison.ts";
import { stopping } from "../stopping.ts";

/** A language model in memory whose weights can be replaced. */
export interface TrainablePolicy extends Pick<LanguageModel, "sample" | "size" | "close"> {
  /** Tokens of the prompt after the chat template. */
  promptTokens(messages: readonly ChatMessage[]): Int32Array;
  replaceWeights(weights: Weights): Promise<void>;
}

/** One world with its models opened. */
export interface Scene {
  readonly world: World;
  readonly dataset: Dataset;
  readonly config: LlamaConfig;
  /** Of the base policy. */
  readonly weights: Weights;
  readonly size: ModelSize;
  /** Draws rollouts, a whole tile a group. */
  readonly rollouts: (m: number) => Promise<TrainablePolicy>;
  /** Draws deployments. */
  readonly deployed: TrainablePolicy;
  /** The base policy, for log-probabilities under it. */
  readonly reference: Pick<LanguageModel, "score">;
  readonly reward: RewardModel;
  readonly second: RewardModel;
  /** Where gradients are computed: where the models run. */
  readonly device: "cpu" | "webgpu" | "cuda";
  /** What a finished run is found again by, beside its own specification. */
  readonly identities: Readonly<Record<"policy" | "reward" | "second", ModelIdentity>>;
}

/** Samples of each problem, in order. */
export interface Drawn {
  readonly problem: ProblemView;
  readonly promptTokens: number;
  readonly samples: readonly Sample[];
}

export interface DrawOptions {
  readonly count: number;
  readonly seed: number;
  readonly decoding: Decoding;
  /** Tells draws for one prompt apart. Default: 0. */
  readonly step?: number;
  readonly signal?: AbortSignal;
}

/** The first `count` samples of each problem; which numbers decide them depends on (seed, problem, sample, step) alone. */
export async function draw(
  policy: Pick<LanguageModel, "sample">,
  problems: readonly ProblemView[],
  { count, seed, decoding, step = 0, signal }: DrawOptions,
): Promise<readonly Drawn[]> {
  const requests = problems.map(({ id, messages }): SampleRequest => ({
    problem: { id, messages },
    first: 0,
    count,
    seed,
    decoding,
    step,
  }));
  const samples = problems.map(() => new Array<Sample>(count));
  const promptTokens = new Array<number>(problems.length).fill(0);
  for await (const batch of policy.sample(requests, stopping(signal))) {
    promptTokens[batch.request] = batch.promptTokens;
    for (const sample of batch.samples) if (sample.index < count) samples[batch.request]![sample.index] = sample;
  }
  return problems.map((problem, i) => ({ problem, promptTokens: promptTokens[i]!, samples: samples[i]! }));
}
