import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  defineSelector,
  interrupted,
  stream,
  type Dataset,
  type LanguageModel,
  type Method,
  type ModelIdentity,
  type ModelSize,
  type Problem,
  type RewardModel,
  type Sample,
  type SampleOptions,
  type SampleRequest,
} from "@touchstone/core";
import { openPool, type Pool } from "@touchstone/pool";
import { bestOfNWeights, massOnClasses, modes } from "@touchstone/stats";
import { afterAll, beforeAll } from "vitest";
import { z } from "zod";
import { resolveSuite, type RunSetting, type SuiteInput } from "../src/index.ts";

/** Responses of the toy policy, all equally likely: the answer follows `=`. The right answer of every problem is its reference. */
export const RESPONSES = ["so =1", "thus it must be =2", "=2", "hence =3", "no idea"];

export const SIZE: ModelSize = { total: 1000, active: 100, attentionWidth: 10 };
const REWARD_SIZE: ModelSize = { total: 500, active: 50, attentionWidth: 5 };

function identity(name: string, tile: number): ModelIdentity {
  return {
    name,
    revision: `${name}-weights`,
    dtype: "F32",
    templateHash: "template",
    provider: "cpu",
    runtime: "toy@1",
    graphHash: "graph",
    tile,
  };
}

/** Two problems a cluster; references alternate between 1, 2 and 3. */
export function toyProblems(count: number): Problem[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `p${i}`,
    messages: [{ role: "user" as const, content: `question ${i}` }],
    cluster: `c${Math.floor(i / 2)}`,
    split: "test" as const,
    reference: String(1 + (i % 3)),
  }));
}

export function toyDataset(count: number): Dataset {
  const problems = toyProblems(count);
  return {
    name: "toy",
    version: "1",
    description: "Toy",
    licence: "Apache-2.0",
    splits: ["test"],
    stepDelimiter: "\n",
    extractor: {
      name: "after-equals",
      extract: (response) => {
        const key = response.split("=")[1];
        return key === undefined ? { kind: "unparsable" } : { kind: "answer", key };
      },
    },
    grader: {
      name: "equal",
      grade: (problem, _response, answer) => (answer.kind === "answer" && answer.key === problem.reference ? 1 : 0),
    },
    problems: (split) => (split === "test" ? problems : []),
  };
}

export interface ToyPolicy extends LanguageModel {
  /** Samples handed out so far. */
  drawn: number;
  /** Hands out tiles in this order of work; default: as asked. */
  order: "forward" | "backward";
}

/** Draws one of `RESPONSES` by (seed, problem, index) alone, a tile at a time; a token is a character. Greedy gives the last but one. */
export function toyPolicy(options: { tile?: number; afterTile?: () => void } = {}): ToyPolicy {
  const { tile = 4, afterTile } = options;
  const sampleOf = ({ seed, problem, decoding }: SampleRequest, index: number): Sample => {
    const choice = decoding.temperature === 0 ? 3 : stream(seed, "toy", problem.id, index).integer(RESPONSES.length);
    const text = RESPONSES[choice]!;
    const length = text.length;
    const filled = (value: number) => new Float32Array(length).fill(value);
    return {
      index,
      tokens: Int32Array.from(text, (letter) => letter.codePointAt(0)!),
      prefixLength: 0,
      text,
      finish: choice === 4 ? "length" : "end",
      statistics: {
        logProbability: filled(-1 - choice),
        decodingLogProbability: filled(-1),
        entropy: filled(choice),
        selfCertainty: filled(choice / 2),
        gini: filled(1 / (1 + choice)),
        topConfidence: filled(choice / 4),
      },
    };
  };
  const policy: ToyPolicy = {
    identity: identity("toy-policy", tile),
    size: SIZE,
    drawn: 0,
    order: "forward",
    async *sample(requests: readonly SampleRequest[], { signal, onProgress }: SampleOptions = {}) {
      const tiles = requests.flatMap((request, position) => {
        const { first, count } = request;
        const starts: { position: number; start: number }[] = [];
        for (let start = first - (first % tile); start < first + count; start += tile) starts.push({ position, start });
        return starts;
      });
      for (const { position, start } of policy.order === "forward" ? tiles : tiles.toReversed()) {
        await Promise.resolve();
        if (signal?.aborted) throw interrupted("sampling");
        const request = requests[position]!;
        const samples = Array.from({ length: tile }, (_, i) => sampleOf(request, start + i));
        policy.drawn += tile;
        onProgress?.({ tokens: samples.reduce((sum, { tokens }) => sum + tokens.length, 0), samples: tile });
        yield { request: position, promptTokens: request.problem.messages[0]!.content.length, samples, seconds: 0.5 };
        afterTile?.();
      }
    },
    score: () => Promise.reject(new Error("not asked for")),
    embed: () => Promise.reject(new Error("not asked for")),
    lineEnds: (tokens, delimiter) =>
      Int32Array.from(
        Array.from(tokens.keys()).filter((k) => String.fromCodePoint(tokens[k]!) === delimiter),
        (k) => k + 1,
      ),
    promptLength: (messages) => messages[0]!.content.length,
    close: () => Promise.resolve(),
  };
  return policy;
}

/** Rewards a response by its length, times `sign`; its tokens are those of prompt and response. Counts what it was asked. */
export function lengthReward(
  name: string,
  options: {
    sign?: number;
    fails?: (text: string) => boolean;
    throws?: (text: string) => boolean;
    planted?: string;
  } = {},
): RewardModel & { asked: number } {
  const { sign = 1, fails = () => false, throws = () => false, planted } = options;
  const model = {
    identity: identity(name, 1),
    size: REWARD_SIZE,
    ...(planted === undefined ? {} : { planted }),
    asked: 0,
    reward: (pairs: Parameters<RewardModel["reward"]>[0]) => {
      const broken = pairs.find(({ response }) => throws(response.text));
      if (broken) return Promise.reject(new Error(`cannot read "${broken.response.text}"`));
      model.asked += pairs.length;
      return Promise.resolve(
        pairs.map(({ messages, response: { text } }) => ({
          value: fails(text) ? Number.NaN : sign * text.length,
          tokens: messages[0]!.content.length + text.length,
        })),
      );
    },
    close: () => Promise.resolve(),
  };
  return model;
}

const reference = { title: "Toy", authors: "ours", year: 2026 };
const none = z.strictObject({});

/** The sample of the highest reward, with its exact expectation. */
export const best = defineSelector({
  name: "best",
  summary: "Highest reward.",
  reference,
  needs: { rewards: "one", answers: false },
  parameters: none,
  select(drawn) {
    const rewards = drawn.rewards();
    const top = Math.max(...rewards.filter((reward) => !Number.isNaN(reward)));
    const winners = rewards.filter((reward) => reward === top).length;
    if (winners === 0) return { kind: "abstained", reason: "no valid reward" };
    return { kind: "selected", weights: rewards.map((reward) => (reward === top ? 1 / winners : 0)) };
  },
  expectation: (pool, n) => bestOfNWeights(pool.rewards(), n),
});

/** The same without its expectation: what replicates have to reproduce. */
export const { expectation: _, ...bestWithoutExpectation } = { ...best, name: "best-by-replicates" };

/** The most frequent readable answer. */
export const vote = defineSelector({
  name: "vote",
  summary: "Most frequent answer.",
  reference,
  needs: { rewards: "none", answers: true },
  parameters: z.strictObject({ unparsable: z.enum(["ignore", "vote"]).default("ignore") }),
  select({ answers }, { unparsable }) {
    const votes = (i: number) => unparsable === "vote" || answers[i]! >= 0;
    const { classes, share } = modes(answers, votes);
    if (classes.size === 0) return { kind: "abstained", reason: "nothing to count" };
    return {
      kind: "selected",
      weights: massOnClasses(answers, votes, classes),
      diagnostics: { winning_share: share },
    };
  },
});

/** One response at temperature zero. */
export const greedy = defineSelector({
  name: "greedy",
  summary: "Temperature zero.",
  reference,
  needs: { rewards: "none", answers: false, atMost: 1, decoding: { temperature: 0 } },
  parameters: none,
  select: (drawn) => ({ kind: "selected", weights: new Float64Array(drawn.size).fill(1 / drawn.size) }),
  expectation: (pool) => new Float64Array(pool.size).fill(1 / pool.size),
});

export const METHODS: readonly Method[] = [best, bestWithoutExpectation, vote, greedy] as readonly Method[];

/**
 * A pool for all tests of a file, in a folder that is removed after them: making one takes seconds. Tests keep apart by
 * their suites' seeds, which are part of a pool's key.
 */
export function filePool(): { readonly pool: Pool } {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-evaluation-"));
  let pool: Pool | undefined;
  beforeAll(async () => {
    pool = await openPool(join(folder, "pool"));
    // A new database is made in seconds, and in minutes where other tests use every core.
  }, 180_000);
  afterAll(async () => {
    await pool?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get pool() {
      if (!pool) throw new Error("the pool opens before the first test");
      return pool;
    },
  };
}

export interface ToyOptions {
  readonly problems?: number;
  readonly policy?: ToyPolicy;
  readonly rewardModels?: readonly RewardModel[];
  readonly methods?: readonly Method[];
}

/** A setting of the toy world; `suite` says what differs from: all toy methods, budgets 1, 2, 4, pool 16. */
export function toySetting(pool: Pool, suite: Partial<SuiteInput> = {}, options: ToyOptions = {}): RunSetting {
  const { problems = 6, policy = toyPolicy(), rewardModels = [lengthReward("long")], methods = METHODS } = options;
  const dataset = toyDataset(problems);
  const names = rewardModels.map(({ identity: { name } }) => name);
  const resolved = resolveSuite(
    {
      name: "toy",
      datasets: [{ name: "toy" }],
      models: ["toy-policy"],
      rewardModels: names,
      methods: methods.map(({ name }) => name),
      budgets: { amounts: [1, 2, 4] },
      poolSize: 16,
      ...suite,
    },
    { methods, datasets: [dataset], models: ["toy-policy"], rewardModels: names },
  );
  return {
    suite: resolved.suite,
    methods,
    datasets: new Map([["toy", dataset]]),
    models: new Map([["toy-policy", policy]]),
    rewardModels: new Map(rewardModels.map((model) => [model.identity.name, model])),
    pool,
  };
}
