import type { LanguageModel, Sample, SampleRequest } from "@touchstone/core";
import type { LanguageModelLaw } from "./language-model-contract.ts";
import { randomConditional, toyPolicy } from "./toy-policy.ts";

/** A backend with one fault, and the laws that must catch it (others may break as well). */
export interface MutantLanguageModel {
  readonly fault: string;
  readonly model: LanguageModel;
  readonly breaks: readonly LanguageModelLaw[];
}

const vocabulary = ["a", "b", "c", "d", "e"];

/** The toy policy, from which every mutant differs in one thing. */
export const faultlessLanguageModel: LanguageModel = toyPolicy({
  vocabulary,
  conditional: randomConditional(3, vocabulary.length),
});

const mutant = (
  fault: string,
  breaks: readonly LanguageModelLaw[],
  change: Partial<LanguageModel>,
): MutantLanguageModel => ({ fault, breaks, model: { ...faultlessLanguageModel, ...change } });

/** Requests and samples changed on their way. */
function drawing(
  asked: (request: SampleRequest) => SampleRequest,
  drawn: (sample: Sample, request: SampleRequest) => Sample = (sample) => sample,
): Pick<LanguageModel, "sample"> {
  return {
    async *sample(requests, options) {
      for await (const batch of faultlessLanguageModel.sample(requests.map(asked), options)) {
        const request = requests[batch.request]!;
        yield { ...batch, samples: batch.samples.map((sample) => drawn(sample, request)) };
      }
    },
  };
}

const everything = {
  continuation: true,
  score: true,
  embed: true,
  tokenStatistics: "full",
  seeds: true,
  tokens: true,
} as const;
let calls = 0;

export const MUTANT_LANGUAGE_MODELS: readonly MutantLanguageModel[] = [
  mutant("has no revision", ["says what it is, and stays that"], {
    identity: { ...faultlessLanguageModel.identity, revision: "" },
  }),
  mutant("draws one sample too few", ["draws every sample that was asked for, of the request that asked"], {
    ...drawing((request) => ({ ...request, count: request.count - 1 })),
  }),
  mutant("counts another prompt than it reads", ["draws every sample that was asked for, of the request that asked"], {
    promptLength: () => 1,
  }),
  mutant("draws one token beyond the cap", ["keeps the cap, and says how a response ended"], {
    ...drawing((request) => ({
      ...request,
      decoding: { ...request.decoding, maxTokens: request.decoding.maxTokens + 1 },
    })),
  }),
  mutant("ignores stop strings", ["ends before a stop string"], {
    ...drawing((request) => ({ ...request, decoding: { ...request.decoding, stop: [] } })),
  }),
  mutant(
    "makes up the entropy that its server does not tell",
    ["states the statistics that it says it has, for every drawn token"],
    {
      capabilities: { ...everything, tokenStatistics: "top-k" },
    },
  ),
  mutant(
    "forgets the statistics of the last token",
    ["states the statistics that it says it has, for every drawn token"],
    {
      ...drawing(
        (request) => request,
        (sample) => ({
          ...sample,
          statistics: { ...sample.statistics, logProbability: sample.statistics.logProbability.slice(1) },
        }),
      ),
    },
  ),
  mutant(
    "gives all samples the randomness of the first",
    ["draws the same again, and something else under another seed or index"],
    {
      async *sample(requests, options) {
        for (const [request, asked] of requests.entries()) {
          const samples: Sample[] = [];
          for (let index = asked.first; index < asked.first + asked.count; index++)
            for await (const batch of faultlessLanguageModel.sample([{ ...asked, first: 0, count: 1 }], options))
              samples.push(...batch.samples.map((sample) => ({ ...sample, index })));
          const promptTokens = faultlessLanguageModel.promptLength(asked.problem.messages);
          yield { request, samples, promptTokens, seconds: 0 };
        }
      },
    },
  ),
  mutant("ignores the seed", ["draws the same again, and something else under another seed or index"], {
    ...drawing((request) => ({ ...request, seed: 0 })),
  }),
  mutant(
    "draws with a seed of its own each time",
    ["draws the same again, and something else under another seed or index"],
    {
      ...drawing((request) => ({ ...request, seed: calls++ })),
    },
  ),
  mutant("samples where it should be greedy", ["draws at temperature zero what is most probable"], {
    ...drawing((request) => ({ ...request, decoding: { ...request.decoding, temperature: 1 } })),
  }),
  mutant("begins anew instead of continuing", ["continues a response from its first tokens"], {
    ...drawing(({ prefix: _prefix, ...request }) => request),
  }),
  mutant("scores the law that it drew from last", ["scores what it drew as it drew it"], {
    score: async (pairs) =>
      (await faultlessLanguageModel.score(pairs)).map((statistics) => ({
        ...statistics,
        logProbability: statistics.logProbability.map((value) => value / 0.7),
      })),
  }),
  mutant("embeds in as many numbers as the prompt has tokens", ["embeds every prompt in as many numbers"], {
    embed: async (prompts) => prompts.map((_, i) => new Float32Array(3 + i)),
  }),
  mutant("finds no lines", ["finds where lines end"], { lineEnds: () => new Int32Array() }),
  mutant("draws on after its signal", ["stops when it is told to"], {
    sample: (requests) => faultlessLanguageModel.sample(requests),
  }),
  mutant("scores although it says that it cannot", ["scores what it drew as it drew it"], {
    capabilities: { ...everything, score: false },
  }),
];
