import {
  defineProcedure,
  type Access,
  type Dataset,
  type Decision,
  type Drawn,
  type LanguageModel,
  type Method,
  type Problem,
  type ProblemView,
  type Procedure,
  type RewardModel,
} from "@touchstone/core";
import type { Pool } from "@touchstone/pool";
import { randomConditional, toyPolicy, toyReward } from "@touchstone/testkit";
import { z } from "zod";
import { resolveSuite, type RunSetting, type SuiteInput } from "../src/index.ts";
import { best, vote } from "./toy-world.ts";

const VOCABULARY = ["1", "2", "\n"];

/** A dataset of questions whose answer is a response's last digit; two splits with problems of their own. */
export function liveDataset(count: number): Dataset {
  const split = (name: "test" | "train"): Problem[] =>
    Array.from({ length: count }, (_, i) => ({
      id: `${name}-${i}`,
      messages: [{ role: "user", content: `${name} ${i}` }],
      cluster: `c${i}`,
      split: name,
      reference: String(1 + (i % 2)),
    }));
  return {
    name: "live",
    version: "1",
    description: "Toy",
    licence: "Apache-2.0",
    splits: ["train", "test"],
    stepDelimiter: "\n",
    extractor: {
      name: "last-digit",
      extract: (response) => {
        const key = /[12](?=[^12]*$)/.exec(response)?.[0];
        return key === undefined ? { kind: "unparsable" } : { kind: "answer", key };
      },
    },
    grader: {
      name: "equal",
      grade: (problem, _response, answer) => (answer.kind === "answer" && answer.key === problem.reference ? 1 : 0),
    },
    problems: (name) => (name === "test" || name === "train" ? split(name) : []),
  };
}

export interface CountedPolicy extends LanguageModel {
  /** Calls that continued responses, and the responses that they continued. */
  readonly calls: { count: number; samples: number; embedded: number };
}

/** An enumerable policy that counts what is asked of it beyond independent samples; `onCall` may throw or abort. */
export function countedPolicy(onCall: (call: number) => void = () => undefined): CountedPolicy {
  const policy = toyPolicy({ vocabulary: VOCABULARY, conditional: randomConditional(7, VOCABULARY.length) });
  const calls = { count: 0, samples: 0, embedded: 0 };
  return {
    ...policy,
    calls,
    async *sample(requests, options) {
      const continued = requests.filter(({ prefix }) => prefix !== undefined);
      if (continued.length > 0) {
        calls.count++;
        onCall(calls.count);
      }
      for await (const batch of policy.sample(requests, options)) {
        if (requests[batch.request]!.prefix !== undefined) calls.samples += batch.samples.length;
        yield batch;
      }
    },
    embed(prompts, options) {
      calls.embedded += prompts.length;
      return policy.embed(prompts, options);
    },
  };
}

/** Rewards by the number of ones in a response; counts the texts that it was given. */
export function countedReward(): RewardModel & { readonly asked: { texts: number } } {
  const ones = toyReward("ones", (_, text) => Array.from(text).filter((letter) => letter === "1").length);
  const asked = { texts: 0 };
  return {
    ...ones,
    asked,
    reward: (pairs, options) => {
      asked.texts += pairs.length;
      return ones.reward(pairs, options);
    },
  };
}

/** The states that a walker visited, by problem and budget, one entry each time that it decided. */
export type Log = Map<string, string[]>;

/**
 * Suffix-resampling Metropolis-Hastings, as plain as can be: cut anywhere, draw the rest anew, accept by the reward. All problems
 * take each step in one round. Writes what it decides into `log`.
 */
export function walker(log: Log = new Map()): Procedure {
  return defineProcedure({
    name: "walker",
    summary: "Suffix-resampling Metropolis-Hastings.",
    reference: { title: "Toy", authors: "ours", year: 2026 },
    needs: { rewards: "one", answers: false, continues: true },
    parameters: z.strictObject({ beta: z.number().positive().default(1) }),
    async decide(problems: readonly ProblemView[], access: Access, { beta }: { readonly beta: number }) {
      const random = problems.map(({ id }) => access.random(`walk ${id}`));
      const firsts = await access.draw(problems.map((problem) => ({ problem, count: 1 })));
      let states = firsts.map(([first]) => first!);
      let rewards = await access.reward(states);
      const visited = states.map((state) => [state]);
      for (let step = 1; step < access.budget.amount; step++) {
        const proposals = await access.continue(
          states.map((state, i) => ({
            parent: state.id,
            cut: { unit: "token", keep: random[i]!.integer(units(state)) } as const,
          })),
        );
        const proposed = proposals.map(([proposal]) => proposal!);
        const values = await access.reward(proposed);
        const accepted = proposed.map((proposal, i) => {
          const ratio = (Math.exp((values[i]! - rewards[i]!) / beta) * units(states[i]!)) / units(proposal);
          return random[i]!.uniform() < ratio;
        });
        rewards = rewards.map((reward, i) => (accepted[i] ? values[i]! : reward));
        states = states.map((state, i) => (accepted[i] ? proposed[i]! : state));
        for (const [i, state] of states.entries()) visited[i]!.push(state);
      }
      const decisions = visited.map((path): Decision => {
        const weights = Map.groupBy(path, ({ id }) => id);
        return {
          kind: "decided",
          weights: Array.from(weights, ([id, times]) => ({ id, weight: times.length / path.length })),
          diagnostics: { distinct_states: weights.size },
        };
      });
      for (const [i, path] of visited.entries()) {
        const said = JSON.stringify(path.map(({ text, logProbability }) => [text, logProbability]));
        const key = `${problems[i]!.id} at ${access.budget.amount}`;
        log.set(key, [...(log.get(key) ?? []), said]);
      }
      return decisions;
    },
  }) as Procedure;
}

/** Positions at which a response can be cut. */
function units({ tokenCount }: Drawn): number {
  return tokenCount;
}

export interface LiveOptions {
  readonly problems?: number;
  readonly policy?: CountedPolicy;
  readonly rewardModel?: RewardModel;
  readonly methods?: readonly Method[];
  readonly dataset?: Dataset;
}

/** A setting of the enumerable world; `suite` says what differs from: a walker, budgets 2 and 5, eight samples a problem. */
export function liveSetting(pool: Pool, suite: Partial<SuiteInput> = {}, options: LiveOptions = {}): RunSetting {
  const { policy = countedPolicy(), rewardModel = countedReward(), methods = [walker()] } = options;
  const dataset = options.dataset ?? liveDataset(options.problems ?? 6);
  const all = [...methods, best, vote] as readonly Method[];
  const resolved = resolveSuite(
    {
      name: "live",
      datasets: [{ name: "live" }],
      models: ["toy"],
      rewardModels: ["ones"],
      decodings: [{ maxTokens: 6 }],
      methods: methods.map(({ name }) => name),
      budgets: { amounts: [2, 5] },
      poolSize: 8,
      fit: { limit: 4 },
      ...suite,
    },
    { methods: all, datasets: [dataset], models: ["toy"], rewardModels: ["ones"] },
  );
  return {
    suite: resolved.suite,
    methods: all,
    datasets: new Map([["live", dataset]]),
    models: new Map([["toy", policy]]),
    rewardModels: new Map([["ones", rewardModel]]),
    pool,
  };
}
