import {
  decodingId,
  type Dataset,
  type Decoding,
  type LanguageModel,
  type Problem,
  type RewardModel,
  type Split,
} from "@touchstone/core";
import { promptHash, type GradingIdentity, type PoolKey, type PromptKey } from "@touchstone/pool";
import { methodsOn } from "./lacking.ts";
import { readsOf, type Reads } from "./needs.ts";
import { chosenProblems, inBatches, type Batches } from "./problems.ts";
import { byShownName, required, type RunSetting } from "./setting.ts";
import { methodNamed } from "./suite.ts";

/** Samples that a run needs of one policy: one pool key and how many of each problem. */
export interface Draw {
  readonly dataset: Dataset;
  readonly split: Split;
  readonly model: LanguageModel;
  /** The suite's decoding, under whose id results are shown. */
  readonly decoding: Decoding;
  readonly seed: number;
  readonly key: PoolKey;
  readonly grading: GradingIdentity;
  readonly problems: readonly Problem[];
  readonly prompts: readonly PromptKey[];
  /** Consecutive problems form the batches. */
  readonly batches: Batches;
  /** Samples per problem. */
  readonly count: number;
  /** Methods that decide on it. */
  readonly methods: readonly string[];
  /** Reward models, by shown name, whose rewards are needed: all of the suite's, but none where no method reads them. */
  readonly rewardModels: ReadonlyMap<string, RewardModel>;
  /** What methods read of its samples beyond columns. */
  readonly reads: Reads;
  /** True where methods asked for a decoding other than the suite's (greedy): `key.decoding` is that one. */
  readonly variant: boolean;
}

/**
 * Every draw of a suite: for each dataset, model, decoding and seed one with the suite's own decoding, and one for every
 * other decoding that a method needs. Without randomness (temperature 0) one sample stands for all.
 */
export function drawsOf(setting: RunSetting): readonly Draw[] {
  const { suite } = setting;
  // Names must be unique over the whole suite, also where no dataset is run with all models.
  byShownName(suite.models, setting.models);
  byShownName(suite.rewardModels, setting.rewardModels);
  const draws: Draw[] = [];
  for (const { name, split, limit, ...own } of suite.datasets) {
    const models = byShownName(own.models ?? suite.models, setting.models);
    const rewardModels = byShownName(own.rewardModels ?? suite.rewardModels, setting.rewardModels);
    const dataset = required(setting.datasets, name, "dataset");
    const { problems, batches } = inBatches(chosenProblems(dataset, split, limit), suite);
    const prompts = problems.map(({ id, messages }) => ({ problem: id, promptHash: promptHash(messages) }));
    const grading = {
      extractor: dataset.extractor.name,
      grader: dataset.grader.name,
      version: dataset.version,
    };
    for (const model of models.values()) {
      for (const decoding of suite.decodings) {
        for (const seed of suite.seeds) {
          const common = { dataset, split, model, decoding, seed, grading, problems, prompts, batches };
          for (const { count, methods, drawn } of wanted(setting, decoding)) {
            const key = { model: model.identity, decoding: drawn, dataset: dataset.name, seed };
            const variant = decodingId(drawn) !== decodingId(decoding);
            // The suite's own samples get every reward: reward models are judged on them, whatever the methods read.
            const rewarded = !variant || methods.some((method) => readsRewards(method, setting));
            draws.push({
              ...common,
              key,
              count,
              methods,
              variant,
              reads: readsOfAll(methods, setting, { model, decoding }),
              rewardModels: rewarded ? rewardModels : new Map(),
            });
          }
        }
      }
    }
  }
  return draws;
}

interface Wanted {
  readonly drawn: Decoding;
  count: number;
  readonly methods: string[];
}

function wanted({ suite, methods }: RunSetting, decoding: Decoding): readonly Wanted[] {
  const own: Wanted = { drawn: decoding, count: drawnOf(decoding, suite.poolSize), methods: [] };
  const all = new Map<string, Wanted>([[decodingId(decoding), own]]);
  for (const name of new Set(suite.methods.map((choice) => choice.name))) {
    const { needs } = methodNamed(name, methods);
    const drawn = decodingFor(decoding, needs.decoding);
    const id = decodingId(drawn);
    const count = drawnOf(drawn, needs.atMost ?? suite.poolSize);
    const found = all.get(id) ?? { drawn, count, methods: [] };
    found.methods.push(name);
    if (found !== own) found.count = Math.max(found.count, count);
    all.set(id, found);
  }
  return [...all.values()];
}

/** The decoding a method draws with: the suite's, with the method's changes. */
export function decodingFor(suite: Decoding, changes: Partial<Decoding> | undefined): Decoding {
  return { ...suite, ...changes };
}

function readsRewards(name: string, { methods }: RunSetting): boolean {
  return methodNamed(name, methods).needs.rewards !== "none";
}

/** What any of the methods that decide on a draw reads. */
function readsOfAll(
  names: readonly string[],
  { suite, methods: all }: RunSetting,
  draw: Pick<Draw, "model" | "decoding">,
): Reads {
  const methods = methodsOn({ methods: all }, draw);
  const reads = suite.methods
    .filter(({ name }) => names.includes(name))
    .map(({ name, parameters }) => readsOf(methodNamed(name, methods).needs, parameters));
  return {
    tokenStatistics: reads.some(({ tokenStatistics }) => tokenStatistics),
    afterLast: reads.some(({ afterLast }) => afterLast),
  };
}

function drawnOf({ temperature }: Decoding, count: number): number {
  return temperature === 0 ? 1 : count;
}
